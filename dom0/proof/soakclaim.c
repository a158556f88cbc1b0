#include "dom0/proof/soakclaim.h"

#include <math.h>
#include <stdlib.h>

#include "dom0/base/json.h"
#include "runner/machine/settle.h"

static bool has_settled(const struct testclaim *test)
{
        return get_bool(test->test, "settled");
}

/* Of several turns the slope is the steepest, and it had settled if it had in each of them. */
static bool slope_holds(const struct testclaim *test)
{
        double slope = get_number(test->test, "slope_c_per_min");
        double settle_s = get_number(test->test, "settle_s");
        double busy_s = get_number(test->test, "busy_s");
        bool rehearsal = get_bool(test->claim->device, "rehearsal");

        if (has_settled(test) != (fabs(slope) < SETTLE_C_PER_MIN))
                return testclaim_miss(test, "settled is %s, with a slope of %.3g degC a minute",
                        has_settled(test) ? "true" : "false", slope);
        if (has_settled(test) ? settle_s <= 0
                              : !test->repeats && get_value(test->test, "settle_s") != NULL)
                return testclaim_miss(test, "does not say when its temperature settled, or when it "
                                            "did not");
        if (has_settled(test) && !rehearsal && settle_s < SETTLE_WINDOW_S)
                return testclaim_miss(test, "settled in less than the time that is looked at");
        return settle_s <= busy_s * (1 + CLOCKS_SHARE) + CLOCKS_S ||
               testclaim_miss(test, "settled later than its load had ended");
}

/* None is more than the highest. */
static bool heat_holds(const struct testclaim *test)
{
        static const char *const keys[][3] = { { "temperature_c", "start_c", "end_c" },
                { "memory_temperature_c", "memory_start_c", "memory_end_c" } };

        for (int i = 0; i < 2; i++) {
                double most = get_number(test->test, keys[i][0]);

                for (int k = 1; k < 3; k++) {
                        if (!get_value(test->test, keys[i][k]) !=
                                !get_value(test->test, keys[i][0]))
                                return testclaim_miss(test, "has a part of a temperature alone");
                        if (get_number(test->test, keys[i][k]) > most)
                                return testclaim_miss(
                                        test, "was hotter than its highest temperature");
                }
        }
        return true;
}

/* As the runner chooses its load: on tensor cores where there are some. */
static long long sets_of(const struct claim *claim)
{
        int major = atoi(get_text(claim->device, "compute"));
        bool tensor = major >= 8 && !get_bool(claim->device, "rehearsal");

        return check_operand_sets(tensor ? CHECK_COMPUTE_BF16 : CHECK_COMPUTE_FP32);
}

bool testclaim_soak_holds(const struct testclaim *test)
{
        long long all = get_integer(test->claim->device, "multiprocessors");

        if (!test->claim->strict)
                return true;
        if (get_integer(test->test, "multiprocessors") != all ||
                get_integer(test->test, "quarters") != check_quarters_of(all))
                return testclaim_miss(test, "did not reach all quarters of its multiprocessors");
        if (get_integer(test->test, "operand_sets") != sets_of(test->claim))
                return testclaim_miss(test, "worked on other operands than its own");
        return slope_holds(test) && heat_holds(test);
}

bool testclaim_soak_skipped(const struct testclaim *test)
{
        const json_t *check = get_value(test->claim->result, "check");
        json_t *list = get_value(get_value(check, "series"), "temperature_c"), *one;
        size_t i;

        json_array_foreach(list, i, one) {
                if (!json_is_null(one))
                        return testclaim_miss(
                                test, "was skipped, and the GPU's temperature was read");
        }
        return true;
}
