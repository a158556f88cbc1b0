#include "dom0/trial/ordering.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "dom0/arm/delivery.h"
#include "dom0/arm/examination.h"
#include "dom0/arm/summary.h"
#include "dom0/base/json.h"
#include "dom0/base/proposal.h"
#include "dom0/state/drift.h"
#include "dom0/state/order.h"
#include "dom0/trial/trialfolder.h"
#include "dom0/trial/trialtext.h"
#include "dom0/trialrecord/plan.h"
#include "lib/cleanup.h"
#include "lib/quantity.h"
#include "version.h"

#define LIMIT_MIN_S 60u
#define LIMIT_MAX_S (24u * 3600)

/* --- plan.json --- */

static json_t *list_modules(const struct driverfolder *driver)
{
        json_t *list = json_array();

        for (size_t i = 0; i < driver->count; i++) {
                char digest[2 * SHA256_SIZE + 1];

                sha256_format(driver->module[i].sha256, digest);
                json_array_append_new(list,
                        json_pack("{s:s, s:s}", "name", driver->module[i].name, "sha256", digest));
        }
        return list;
}

static json_t *list_needed(const struct driverfolder *driver)
{
        json_t *list = json_array();

        for (size_t i = 0; i < driver->needed_count; i++)
                json_array_append_new(list, json_string(driver->needed[i]));
        return list;
}

static json_t *list_next(const struct preparation *preparation)
{
        return preparation->given->all ? json_pack("[s]", trial_mode_name(TRIAL_PVH))
                                       : json_array();
}

static void add_machine(json_t *plan, const struct preparation *preparation)
{
        const struct xenboot *boot = &preparation->arming.ready.boot;
        const char *version = preparation->driver.version;

        set_value(plan, "entry", json_string(boot->title));
        set_value(plan, "xen", json_string(boot->xen + strlen(preparation->host->root)));
        set_value(plan, "kernel", json_string(preparation->release));
        set_value(plan, "driver", json_string(preparation->driver.path));
        set_value(plan, "driver_version", *version ? json_string(version) : json_null());
        set_value(plan, "modules", list_modules(&preparation->driver));
        set_value(plan, "host_modules", list_needed(&preparation->driver));
        set_value(plan, "xen_options", json_string(preparation->lines.xen));
        set_value(plan, "dom0_options", json_string(preparation->lines.dom0));
        set_value(plan, "host_xen_options", json_string(preparation->host_lines.xen));
        set_value(plan, "host_dom0_options", json_string(preparation->host_lines.dom0));
}

static json_t *list_words(const struct option_words *words)
{
        json_t *list = json_array();

        for (size_t i = 0; i < words->count; i++)
                json_array_append_new(list, json_string(words->word[i]));
        return list;
}

/*
 * What a person has given, by option: the trial that follows with --all is armed with the same, in
 * a dom0 whose command lines are those of no entry. So the entry is named there in any case.
 */
static json_t *list_given(const struct preparation *preparation)
{
        const struct trial_options *given = preparation->given;
        const char *title = preparation->arming.ready.boot.title;
        json_t *object = json_object();

        set_text(object, "esp", given->esp);
        set_text(object, "entry", given->entry ? given->entry : title);
        set_text(object, "limit", given->limit);
        set_text(object, "boot-limit", given->boot_limit);
        set_value(object, "xen-option", list_words(&given->xen));
        set_value(object, "dom0-option", list_words(&given->dom0));
        return object;
}

static json_t *make_plan(const struct preparation *preparation, const struct order *order)
{
        const struct trial_options *given = preparation->given;
        time_t now = time(NULL);
        char made[32] = "";
        struct tm utc;
        json_t *plan;

        if (gmtime_r(&now, &utc))
                strftime(made, sizeof(made), "%Y-%m-%dT%H:%M:%SZ", &utc);
        plan = json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:I, s:i, s:i, s:s, s:s, s:o}", "schema",
                TRIAL_PLAN_SCHEMA, "trial", preparation->trial, "order", order->run_text, "mode",
                trial_mode_name(preparation->mode), "cached", (int)given->cached, "stay",
                (int)given->stay, "jobs", (json_int_t)preparation->arming.check.jobs, "boot_s",
                (int)preparation->boot_s, "trial_s", (int)preparation->trial_s, "made", made,
                "version", FORESTAGE_VERSION, "next", list_next(preparation));
        set_value(plan, "given", list_given(preparation));
        add_machine(plan, preparation);
        return plan;
}

/* --- the steps of a proposal --- */

static enum proposal_step examine(void *plan, FILE *to, struct failure *ret_error)
{
        struct preparation *preparation = plan;

        if (!preparation_make(preparation, ret_error)) {
                summary_print_way_out(&preparation->arming, to);
                return PROPOSAL_FAILED;
        }
        trialtext_print(preparation, to);
        return examination_check_ha(&preparation->arming, ret_error) ? PROPOSAL_GO
                                                                     : PROPOSAL_FAILED;
}

static void forget(void *plan)
{
        preparation_forget(plan);
}

/* Both were copied from a folder that others may write to: what dom0 runs is what the stage ran. */
static bool check_same_jobs(
        const struct host *host, const struct hashlist *files, struct failure *error)
{
        _cleanup_(armed_free) struct armed armed = { .document = NULL };

        return (armed_load(host, &armed) && drift_spares_jobs(&armed, files)) ||
               fail(error, EXIT_FAIL,
                       "the jobs have changed while they were copied, and dom0 would run others "
                       "than the stage");
}

/* The plan comes first: an order whose plan is lost would start a dom0 that knows of nothing. */
static bool deliver(struct preparation *preparation, struct order *ret_order, struct failure *error)
{
        _cleanup_(hashlist_free) struct hashlist files = { 0 };
        json_auto_t *plan = NULL;
        struct failure other;
        struct order order;

        if (!order_make(false, &order, error))
                return false;
        preparation->arming.order = &order;
        plan = make_plan(preparation, &order);
        if (!trialfolder_make(preparation->host, plan, &preparation->arming.list, &files, error))
                return false;
        if (!delivery_make(&preparation->arming, ret_order, error)) {
                trialfolder_remove(preparation->host, preparation->trial);
                return false;
        }
        if (check_same_jobs(preparation->host, &files, error))
                return true;
        if (!order_remove(&preparation->arming.ready.esp, &other) ||
                !armed_forget(preparation->host, &other))
                failure_print(&other);
        trialfolder_remove(preparation->host, preparation->trial);
        return false;
}

static int carry_out(void *plan)
{
        struct preparation *preparation = plan;
        struct failure failure;
        struct order order;

        if (!deliver(preparation, &order, &failure)) {
                failure_print(&failure);
                summary_print_rest(&preparation->arming);
                return failure.code;
        }
        printf("Trial:     %s\n", preparation->trial);
        summary_print_armed(&preparation->arming, &order);
        return proposal_done("the trial is armed");
}

/* --- the verb --- */

static bool read_limit(
        const char *option, const char *text, unsigned *ret_seconds, struct failure *error)
{
        uint64_t ms;

        if (!text)
                return true;
        if (!quantity_ms(text, &ms) || ms % 1000 != 0 || ms / 1000 < LIMIT_MIN_S ||
                ms / 1000 > LIMIT_MAX_S)
                return fail(error, EXIT_USAGE,
                        "--%s %.100s is no time between %u s and %u h (seconds, or with min or h)",
                        option, text, LIMIT_MIN_S, LIMIT_MAX_S / 3600);
        *ret_seconds = (unsigned)(ms / 1000);
        return true;
}

int ordering_run(const struct host *host, enum trial_mode mode, const struct trial_options *given)
{
        struct preparation preparation = {
                .host = host, .given = given, .mode = mode, .boot_s = TRIAL_BOOT_S
        };
        struct failure failure;

        if (!read_limit("limit", given->limit, &preparation.limit_s, &failure) ||
                !read_limit("boot-limit", given->boot_limit, &preparation.boot_s, &failure) ||
                !preparation_start(&preparation, &failure))
                return failure_print(&failure);
        return proposal_run(host,
                &(struct proposal){ "trial", "Arm the trial?", given->yes, given->dry_run, examine,
                        forget, carry_out },
                &preparation);
}
