#include "dom0/proof/limitclaim.h"

#include <math.h>
#include <string.h>

#include "dom0/base/escape.h"
#include "dom0/base/json.h"
#include "runner/check/check_limits.h"

#define ROUNDED 1e-9

static struct check_model model_of(const struct claim *claim)
{
        return (struct check_model){ get_text(claim->device, "name"),
                get_text(get_value(claim->result, "check"), "pci_id"), claim_compute(claim),
                get_integer(claim->device, "multiprocessors") };
}

/* Of several turns it is the lowest, and the clock is the highest. */
static bool efficiency_holds(
        const struct claim *claim, const json_t *test, const struct check_model *model)
{
        const char *name = get_text(test, "test");
        double told = get_number(test, "efficiency"), found;
        enum check_kind kind;

        if (!check_kind_parse(name, strlen(name), &kind) || kind < CHECK_COMPUTE_FP32 ||
                kind > CHECK_LAST_TENSOR)
                return true;
        found = check_efficiency(kind, get_text(test, "path"), model,
                get_number(test, check_rate_of(kind)), get_number(test, "clock_mhz"));
        if (json_is_number(get_value(claim->promise, "duration_s")))
                return told >= found * (1 - ROUNDED) ||
                       claim_miss(
                               claim, "its test %s was less efficient than it says", SHOWN(name));
        return fabs(told - found) <= ROUNDED * found ||
               claim_miss(claim, "its test %s has another efficiency than its rate and clock",
                       SHOWN(name));
}

static bool all_efficient(const struct claim *claim, const struct check_model *model)
{
        json_t *test;
        size_t i;

        json_array_foreach(get_value(get_value(claim->result, "check"), "tests"), i, test) {
                if (!efficiency_holds(claim, test, model))
                        return false;
        }
        return true;
}

bool claim_limits_held(const struct claim *claim)
{
        const json_t *check = get_value(claim->result, "check");
        const json_t *list = get_value(check, "limits");
        struct check_model model = model_of(claim);
        size_t failed = 0, unknown = 0;
        json_auto_t *again = NULL;

        if (!claim->strict || !get_bool(claim->promise, "limits"))
                return !claim->strict || (!list && !*model.pci_id) ||
                       claim_miss(claim, "it was held against limits, which is not planned");
        if (!all_efficient(claim, &model))
                return false;
        again = check_limits_judge(get_value(check, "tests"), &model, &failed, &unknown);
        if (!json_equal(again, list))
                return claim_miss(claim, "it was not held against the limits of its GPU");
        if (failed > 0)
                return claim_miss(claim, "it is below a limit of its GPU");
        if (unknown > 0)
                problem(&claim->intake->run->warnings,
                        "job %s: no limit is known of %zu of its numbers", claim->key, unknown);
        return true;
}
