/* The checks' pure parts: requirements, baselines, verdicts, histograms, health, known answers. */
#include "record/findings.h"
#include "tests/unit/tap.h"

#include <math.h>
#include <stdio.h>

#include "jobs/check_require.h"
#include "kernels/check/pattern.h"
#include "record/schema.h"
#include "runner/answers/check_double.h"
#include "runner/answers/check_known.h"
#include "runner/check/check_baseline.h"
#include "runner/check/check_errors.h"
#include "runner/check/check_unfinished.h"
#include "runner/check/check_verdict.h"
#include "runner/machine/health.h"

/* --- Require= --- */

static void requirements(void **state)
{
        static const struct {
                const char *text;
                enum check_kind kind;
                const char *metric;
                enum check_relation relation;
                double number;
        } good[] = {
                { "copy-h2d.gbps>=50", CHECK_COPY_H2D, "gbps", CHECK_AT_LEAST, 50 },
                { "latency.launch_us < 20.5", CHECK_LATENCY, "launch_us", CHECK_BELOW, 20.5 },
                { "health.temperature_c<=85", CHECK_HEALTH, "temperature_c", CHECK_AT_MOST, 85 },
                { "compute-int8.tops\t>\t1e3", CHECK_COMPUTE_INT8, "tops", CHECK_ABOVE, 1000 },
        };
        struct check_requirement requirement;
        char why[WHY_SIZE];

        (void)state;
        for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
                assert_true(check_requirement_parse(good[i].text, &requirement, why));
                assert_int_equal(requirement.kind, good[i].kind);
                assert_string_equal(requirement.metric, good[i].metric);
                assert_int_equal(requirement.relation, good[i].relation);
                assert_true(requirement.number == good[i].number);
        }
}

static void bad_requirements(void **state)
{
        static const struct {
                const char *text, *why;
        } bad[] = {
                { "", "has no >=" },
                { "copy-h2d.gbps", "has no >=" },
                { "copy-h2d.gbps=50", "has no >=" },
                { "copy-h2d.gbps>=", "is not a number" },
                { "copy-h2d.gbps>=5 0", "is not a number" },
                { "copy-h2d.gbps>=nan", "is not a number" },
                { "copy-h2d.gbps>=inf", "is not a number" },
                { "copy-h2d>=1", "not of the form TEST.METRIC" },
                { "copy-x.gbps>=1", "there is no test 'copy-x'" },
                { "copy-h2d.tflops>=1", "copy-h2d has no 'tflops'; it has: gbps" },
                { "copy-h2d.gbp>=1", "copy-h2d has no 'gbp'" },
                { ".gbps>=1", "there is no test ''" },
                { "copy-h2d.a_metric_with_a_name_that_nothing_could_ever_have>=1", "has no '" },
        };
        struct check_requirement requirement;
        char why[WHY_SIZE];

        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                assert_false(check_requirement_parse(bad[i].text, &requirement, why));
                if (!strstr(why, bad[i].why))
                        fail_msg("'%s': %s", bad[i].text, why);
        }
}

static void relations(void **state)
{
        struct check_requirement requirement = { .number = 2 };
        static const bool met[][3] = { [CHECK_AT_LEAST] = { false, true, true },
                [CHECK_AT_MOST] = { true, true, false },
                [CHECK_ABOVE] = { false, false, true },
                [CHECK_BELOW] = { true, false, false } };

        (void)state;
        for (enum check_relation i = CHECK_AT_LEAST; i <= CHECK_BELOW; i++) {
                requirement.relation = i;
                for (int found = 1; found <= 3; found++)
                        assert_int_equal(
                                check_requirement_met(&requirement, found), met[i][found - 1]);
                assert_false(check_requirement_met(&requirement, NAN));
        }
}

/* --- levels --- */

static void units_by_compute(void **state)
{
        (void)state;
        for (int compute = 70; compute <= 120; compute += 10) {
                assert_true(check_has_units(CHECK_COMPUTE_INT32, compute));
                assert_true(check_has_units(CHECK_SRAM_SHARED, compute));
                assert_int_equal(check_has_units(CHECK_COMPUTE_FP16, compute), compute >= 80);
                assert_int_equal(
                        check_has_units(CHECK_COMPUTE_FP64_TENSOR, compute), compute >= 80);
                assert_true(check_has_units(CHECK_COMPUTE_HALF2, compute));
                assert_true(check_has_units(CHECK_SRAM_INSTRUCTION, compute));
                assert_int_equal(check_has_units(CHECK_COMPUTE_SPARSE, compute), compute >= 80);
                assert_int_equal(check_has_units(CHECK_COMPUTE_FP8_E4M3, compute), compute >= 89);
                assert_int_equal(check_has_units(CHECK_SRAM_BULK, compute), compute >= 90);
                assert_int_equal(check_has_units(CHECK_LOAD_STEPS, compute), compute == 90);
                assert_int_equal(
                        check_has_path(CHECK_COMPUTE_INT8, compute, "wgmma"), compute == 90);
                assert_true(check_has_path(CHECK_COMPUTE_INT8, compute, "mma.sync"));
                assert_false(check_has_path(CHECK_COMPUTE_FP64_TENSOR, compute, "wgmma"));
                assert_true(check_has_path(CHECK_COMPUTE_FP8_E5M2, compute, "mma.sync"));
                assert_int_equal(
                        check_has_path(CHECK_COMPUTE_SPARSE, compute, "wgmma"), compute == 90);
                assert_true(check_has_path(CHECK_COMPUTE_HALF2, compute, "fma"));
                assert_false(check_has_path(CHECK_COMPUTE_INT32, compute, "fma"));
        }
        assert_false(check_has_units(CHECK_COMPUTE_FP8_E4M3, 86));
        assert_true(check_has_units(CHECK_COMPUTE_FP8_E4M3, 89));
        assert_int_equal(check_units_from(CHECK_COMPUTE_FP8_E4M3), 89);
        assert_int_equal(check_operand_sets(CHECK_COMPUTE_FP32), 8);
        assert_int_equal(check_operand_sets(CHECK_COMPUTE_HALF2), 8);
        assert_int_equal(check_operand_sets(CHECK_COMPUTE_SPARSE), 2);
        assert_int_equal(check_operand_sets(CHECK_COMPUTE_INT32), 8);
        assert_int_equal(check_operand_sets(CHECK_COMPUTE_TF32), 2);
        assert_int_equal(check_operand_sets(CHECK_COMPUTE_FP8_E4M3), 2);
        assert_int_equal(check_operand_sets(CHECK_COMPUTE_FP64_TENSOR), 4);
        assert_int_equal(check_operand_sets(CHECK_SRAM_L2), 1);
        assert_string_equal(check_rate_of(CHECK_COMPUTE_INT32), "tops");
        assert_string_equal(check_rate_of(CHECK_COMPUTE_FP8_E5M2), "tflops");
}

/* Where there are tensor cores that no test reaches, every test of tensor cores says so. */
static void what_is_not_tested_is_told(void **state)
{
        static const int with[] = { 100, 103, 110, 0 }, without[] = { 80, 89, 90, 120, 121, 0 };

        (void)state;
        for (enum check_kind kind = 0; kind < CHECK_KINDS; kind++) {
                bool tensor = kind > CHECK_LAST_PLAIN && kind <= CHECK_LAST_TENSOR;
                bool has = kind == CHECK_TOGETHER || kind == CHECK_SOAK ||
                           (tensor && kind != CHECK_COMPUTE_FP64_TENSOR); /* tcgen05 has none */

                for (size_t i = 0; with[i]; i++) {
                        assert_int_equal(check_untested(kind, with[i]) != NULL, has);
                        if (has)
                                assert_string_equal(check_untested(kind, with[i]), "tcgen05");
                }
                for (size_t i = 0; without[i]; i++)
                        assert_null(check_untested(kind, without[i]));
        }
}

/* What the interpreter cannot do is what dom0 lets a rehearsal skip. */
static void rehearsals_have_plain_units(void **state)
{
        (void)state;
        for (enum check_kind kind = 0; kind < CHECK_KINDS; kind++)
                assert_int_equal(check_is_rehearsed(kind),
                        !(kind > CHECK_LAST_PLAIN && kind <= CHECK_LOAD_STEPS) &&
                                kind != CHECK_SRAM_BULK);
}

static void levels_have_every_test(void **state)
{
        uint64_t all = (UINT64_C(1) << CHECK_KINDS) - 1;
        enum check_level level;

        (void)state;
        for (enum check_kind i = 0; i < CHECK_KINDS; i++) {
                enum check_kind found;

                assert_non_null(check_tests[i].name);
                assert_true(
                        check_kind_parse(check_tests[i].name, strlen(check_tests[i].name), &found));
                assert_int_equal(found, i);
                for (level = CHECK_QUICK; level < CHECK_LEVELS; level++)
                        assert_true(check_amount_of(i, level)->ms > 0);
                assert_true(check_tests[i].amount[CHECK_LONG].ms > 0);
        }
        assert_int_equal(check_of_level(CHECK_MEDIUM), all & ~(UINT64_C(1) << CHECK_SOAK));
        assert_true(check_amount_of(CHECK_SOAK, CHECK_MEDIUM)->ms == 240000);
        assert_true(check_amount_of(CHECK_TOGETHER, CHECK_MEDIUM)->ms == 3000);
        assert_int_equal(check_of_level(CHECK_LONG), all);
        assert_int_equal(__builtin_popcountll(check_of_level(CHECK_QUICK)), 20);
        assert_true(check_of_level(CHECK_QUICK) >> CHECK_COMPUTE_FP64 & 1);
        assert_false(check_of_level(CHECK_QUICK) >> CHECK_COMPUTE_INT32 & 1);
        assert_true(check_level_parse("medium", &level));
        assert_int_equal(level, CHECK_MEDIUM);
        assert_false(check_level_parse("Medium", &level));
        /* an H100: 80 GB at 2.7 TB/s */
        assert_true(check_estimate_s(check_of_level(CHECK_QUICK), CHECK_QUICK, UINT64_C(80) << 30,
                            2.7e12) < 8);
        assert_true(check_estimate_s(check_of_level(CHECK_MEDIUM), CHECK_MEDIUM, UINT64_C(80) << 30,
                            2.7e12) < 58);
        assert_true(check_estimate_s(0, CHECK_MEDIUM, UINT64_C(80) << 30, 2.7e12) == 0);
}

/* --- baseline --- */

static json_t *results_of(const char *text)
{
        json_error_t where;
        json_t *list = json_loads(text, 0, &where);

        if (!list)
                fail_msg("%s in %s", where.text, text);
        return list;
}

static void baseline_round_trip(void **state)
{
        json_t *tests = results_of("[{\"test\":\"copy-h2d\",\"gbps\":50.0,\"errors\":0,"
                                   "\"status\":\"pass\"},{\"test\":\"latency\",\"launch_us\":10,"
                                   "\"memory_ns\":600.0},{\"test\":\"health\",\"power_w\":70}]");
        json_t *baseline = check_baseline_make("GPU-1", tests), *list;
        const json_t *own = check_baseline_of(baseline, "GPU-1");
        size_t failed = 9;

        (void)state;
        assert_null(check_baseline_of(baseline, "GPU-2"));
        assert_non_null(own);
        assert_int_equal(json_object_size(own), 2);
        list = check_baseline_compare(own, tests, 0, &failed);
        assert_int_equal(json_array_size(list), 3);
        assert_int_equal(failed, 0);
        json_decref(list);
        json_decref(baseline);
        json_decref(tests);
}

/* Against nothing everything is fast: that is no comparison. */
static void baseline_of_nothing(void **state)
{
        json_t *baseline = results_of("{\"copy-h2d\":{\"gbps\":0}}");
        json_t *tests = json_pack("[{s:s, s:f}]", "test", "copy-h2d", "gbps", 50.0);
        size_t failed = 0;
        json_t *list = check_baseline_compare(baseline, tests, 5, &failed);

        (void)state;
        assert_int_equal(failed, 1);
        assert_false(check_baseline_holds("copy-h2d.gbps", 0, 50, 5));
        assert_true(check_baseline_holds("copy-h2d.gbps", 50, 50, 5));
        json_decref(baseline);
        json_decref(tests);
        json_decref(list);
}

static void baseline_finds_slower(void **state)
{
        json_t *baseline = results_of("{\"copy-h2d\":{\"gbps\":100},\"latency\":{\"launch_us\":10},"
                                      "\"copy-d2h\":{\"gbps\":1}}");
        json_t *tests = results_of("[{\"test\":\"copy-h2d\",\"gbps\":94.9},"
                                   "{\"test\":\"latency\",\"launch_us\":10.6}]");
        size_t failed;
        json_t *list = check_baseline_compare(baseline, tests, 5, &failed);

        (void)state;
        assert_int_equal(failed, 3);
        assert_null(json_object_get(json_array_get(list, 2), "found"));
        json_decref(list);
        list = check_baseline_compare(baseline, tests, 6.5, &failed);
        assert_int_equal(failed, 1); /* what was not measured is never good enough */
        json_decref(list);
        json_decref(baseline);
        json_decref(tests);
}

/* --- verdict --- */

/* Judges results with a job that requires `require` (NULL: nothing). */
static struct evidence judge(const char *results, size_t planned, char *require, unsigned devices)
{
        char *words[] = { require };
        struct job job = { .check = { .require = { words, require != NULL },
                                   .expect_devices = devices } };
        struct evidence evidence = { .expected = 0 };
        json_t *check = json_pack("{s:o}", "tests", results_of(results));

        check_judge(check, &job, NULL, 2, planned, &evidence);
        json_decref(check);
        return evidence;
}

#define PASSED "{\"test\":\"latency\",\"status\":\"pass\",\"launch_us\":9}"

static void verdicts(void **state)
{
        struct evidence evidence = judge("[" PASSED "]", 1, NULL, 0);

        (void)state;
        assert_int_equal(evidence.compared, evidence.expected);
        assert_int_equal(evidence.failed, 0);
        evidence = judge("[" PASSED "]", 2, NULL, 0); /* one never came */
        assert_true(evidence.compared < evidence.expected);
        evidence = judge(
                "[{\"test\":\"copy-p2p\",\"status\":\"skip\",\"reason\":\"one GPU\"}]", 1, NULL, 0);
        assert_int_equal(evidence.compared, 0);
        assert_string_equal(evidence.skip, "copy-p2p: one GPU");
        evidence =
                judge("[" PASSED ",{\"test\":\"health\",\"status\":\"fail\",\"reason\":\"rose\"},"
                      "{\"test\":\"copy-h2d\",\"status\":\"error\",\"reason\":\"broke\"}]",
                        3, NULL, 0);
        assert_int_equal(evidence.failed, 1);
        assert_string_equal(evidence.failure, "health: rose");
        assert_string_equal(evidence.error, "");
        evidence = judge("[" PASSED ",{\"test\":\"copy-h2d\",\"status\":\"error\","
                         "\"reason\":\"broke\"}]",
                2, NULL, 0);
        assert_string_equal(evidence.error, "copy-h2d: broke");
        evidence = judge("[" PASSED ",{\"test\":\"copy-h2d\",\"status\":\"notrun\"}]", 2, NULL, 0);
        assert_string_equal(evidence.error, "copy-h2d: no reason given");
}

static void verdicts_with_floors(void **state)
{
        char met[] = "latency.launch_us<=9", unmet[] = "latency.launch_us<9",
             absent[] = "copy-p2p.gbps>1";
        struct evidence evidence = judge("[" PASSED "]", 1, met, 2);

        (void)state;
        assert_int_equal(evidence.failed, 0);
        assert_int_equal(evidence.expected, 3);
        assert_int_equal(evidence.compared, 3);
        evidence = judge("[" PASSED "]", 1, unmet, 0);
        assert_string_equal(evidence.failure, "latency.launch_us<9 is required, and it is 9");
        evidence = judge("[" PASSED "]", 1, absent, 0);
        assert_int_equal(evidence.failed, 1);
        evidence = judge("[" PASSED "]", 1, NULL, 3);
        assert_string_equal(evidence.failure, "Expect-Devices=3, but the driver shows 2");
}

static void rounds_are_joined(void **state)
{
        json_t *tests = json_array();
        json_t *list = results_of(
                "[{\"test\":\"m\",\"status\":\"pass\",\"write_gbps\":3000.0,\"errors\":0,"
                "\"latency_us\":1.0,\"quarters\":528,\"least_rounds\":90},"
                "{\"test\":\"m\",\"status\":\"fail\",\"reason\":\"bad\",\"write_gbps\":2900.0,"
                "\"errors\":2,\"latency_us\":2.0,\"quarters\":527,\"least_rounds\":0,"
                "\"arithmetic_errors\":1},"
                "{\"test\":\"m\",\"status\":\"pass\",\"write_gbps\":3100.0,\"errors\":1,"
                "\"latency_us\":1.5,\"quarters\":528,\"least_rounds\":80,"
                "\"arithmetic_errors\":2}]");
        json_t *one;
        size_t i;

        (void)state;
        json_array_foreach(list, i, one)
                check_add_result(tests, one);
        assert_int_equal(json_array_size(tests), 1);
        one = json_array_get(tests, 0);
        assert_string_equal(json_string_value(json_object_get(one, "status")), "fail");
        assert_string_equal(json_string_value(json_object_get(one, "reason")), "bad");
        assert_true(json_number_value(json_object_get(one, "write_gbps")) == 2900);
        assert_true(json_number_value(json_object_get(one, "latency_us")) == 2);
        assert_int_equal(json_integer_value(json_object_get(one, "errors")), 3);
        assert_int_equal(json_integer_value(json_object_get(one, "arithmetic_errors")), 3);
        assert_int_equal(json_integer_value(json_object_get(one, "quarters")), 527);
        assert_int_equal(json_integer_value(json_object_get(one, "least_rounds")), 0);
        json_decref(list);
        json_decref(tests);
}

/* Of a soak: settled in each turn, and the steepest slope, up or down. */
static void turns_of_a_soak(void **state)
{
        json_t *tests = json_array(), *one;
        json_t *list = results_of(
                "[{\"test\":\"soak\",\"status\":\"pass\",\"settled\":true,\"start_c\":40,"
                "\"slope_c_per_min\":0.25,\"temperature_c\":70,\"settle_s\":90.5},"
                "{\"test\":\"soak\",\"status\":\"pass\",\"settled\":false,\"start_c\":66,"
                "\"slope_c_per_min\":-0.75,\"temperature_c\":69},"
                "{\"test\":\"soak\",\"status\":\"pass\",\"settled\":true,\"start_c\":67,"
                "\"slope_c_per_min\":0.5,\"temperature_c\":71,\"settle_s\":60.5}]");
        size_t i;

        (void)state;
        json_array_foreach(list, i, one)
                check_add_result(tests, one);
        one = json_array_get(tests, 0);
        assert_true(json_is_false(json_object_get(one, "settled")));
        assert_true(json_number_value(json_object_get(one, "slope_c_per_min")) == -0.75);
        assert_int_equal(json_integer_value(json_object_get(one, "start_c")), 40);
        assert_int_equal(json_integer_value(json_object_get(one, "temperature_c")), 71);
        assert_true(json_number_value(json_object_get(one, "settle_s")) == 90.5);
        json_decref(list);
        json_decref(tests);
}

/* "memory-random error, latency notrun" */
static void assert_came(const json_t *tests, const char *wanted)
{
        char text[256] = "";
        json_t *one;
        size_t i;

        json_array_foreach(tests, i, one)
                snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s %s",
                        i > 0 ? ", " : "", json_string_value(json_object_get(one, "test")),
                        json_string_value(json_object_get(one, "status")));
        assert_string_equal(text, wanted);
}

static void results_have_their_order(void **state)
{
        json_t *tests = json_array(), *list, *one;
        size_t i;

        (void)state;
        list = results_of("[{\"test\":\"health\",\"status\":\"pass\"},"
                          "{\"test\":\"copy-h2d\",\"status\":\"pass\"},"
                          "{\"test\":\"memory-random\",\"status\":\"pass\"},"
                          "{\"test\":\"memory-address\",\"status\":\"pass\"},"
                          "{\"test\":\"latency\",\"status\":\"pass\"},"
                          "{\"test\":\"memory-random\",\"status\":\"fail\"}]");
        json_array_foreach(list, i, one)
                check_add_result(tests, one);
        assert_came(tests, "memory-address pass, memory-random fail, copy-h2d pass, latency pass, "
                           "health pass");
        json_decref(list);
        json_decref(tests);
}

/* What is recorded of a check whose memory-random ended like that; it had found `errors`. */
static json_t *unfinished(const struct evidence *evidence, int errors, double gbytes)
{
        static char first[] = "memory-address", second[] = "memory-random", third[] = "latency";
        static char *words[] = { first, second, third };
        const struct job job = { .check = { .tests = { words, 3 } } };
        json_t *tests = results_of("[{\"test\":\"memory-address\",\"status\":\"pass\"}]");
        struct check_part part = { .test = "memory-random", .since = 5, .gbytes = gbytes };

        if (gbytes > 0)
                part.result = json_pack(
                        "{s:s, s:i, s:i}", "test", "memory-random", "rounds", 7, "errors", errors);
        check_add_unfinished(tests, &job, &part, 8.5, evidence);
        json_decref(part.result);
        return tests;
}

static void assert_reason(const json_t *tests, size_t place, const char *reason)
{
        assert_string_equal(
                json_string_value(json_object_get(json_array_get(tests, place), "reason")), reason);
}

static void what_broke_off_is_recorded(void **state)
{
        struct evidence evidence = { .hung_s = 43 };
        json_t *tests = unfinished(&evidence, 0, 12), *one = json_array_get(tests, 1);

        (void)state;
        assert_came(tests, "memory-address pass, memory-random error, latency notrun");
        assert_reason(tests, 1, "it hung, and was killed after its 43 s; it had moved 12 GB");
        assert_int_equal(json_integer_value(json_object_get(one, "rounds")), 7);
        assert_true(json_number_value(json_object_get(one, "wall_s")) == 3.5);
        assert_reason(tests, 2, "not reached: memory-random broke off");
        json_decref(tests);
        tests = unfinished(&evidence, 2, 12);
        assert_came(tests, "memory-address pass, memory-random fail, latency notrun");
        assert_reason(tests, 1,
                "2 wrong results, and then it hung, and was killed after its 43 s; it had moved "
                "12 GB");
        json_decref(tests);
        evidence = (struct evidence){ .late = true, .timeout_ms = 60000 };
        tests = unfinished(&evidence, 0, 0);
        assert_reason(
                tests, 1, "the 60 s of the job were over (Timeout=); nothing had come out of it");
        json_decref(tests);
        evidence = (struct evidence){ .stop_signal = 15 };
        tests = unfinished(&evidence, 0, 0);
        assert_reason(tests, 1, "the run was ended by signal 15; nothing had come out of it");
        json_decref(tests);
        evidence = (struct evidence){ .exited = true };
        tests = unfinished(&evidence, 0, 0);
        assert_reason(tests, 1, "the process of the check ended; nothing had come out of it");
        json_decref(tests);
}

/* Between two tests, and before the first, nothing is made up. */
static void what_did_not_break_off_is_not(void **state)
{
        const struct job job = { .check.level = (char[]){ "quick" } };
        struct evidence evidence = { .late = true, .timeout_ms = 60000 };
        struct check_part none = { 0 };
        json_t *tests = json_array();

        (void)state;
        check_add_unfinished(tests, &job, &none, 1, &evidence);
        assert_int_equal(json_array_size(tests), 0);
        json_decref(tests);
}

/* Each has many times what it takes, and with quick all of it lies within the job's own time. */
static void tests_have_limits(void **state)
{
        const double speed = 2.7e12;
        const uint64_t bytes = UINT64_C(80) << 30;

        (void)state;
        for (enum check_kind i = 0; i < CHECK_KINDS; i++)
                for (enum check_level level = CHECK_QUICK; level < CHECK_LEVELS; level++) {
                        double once = check_estimate_s(UINT64_C(1) << i, level, bytes, speed);
                        double limit = check_limit_s(i, level, bytes, speed, 1);

                        assert_true(limit >= 40 + 10 * once && limit <= 40 + 10 * once + 1e-9);
                        if (level == CHECK_QUICK && check_tests[i].amount[level].ms > 0)
                                assert_true(limit < 55);
                        assert_true(check_limit_s(i, level, bytes, speed, 8) >= limit);
                }
        assert_true(check_limit_s(CHECK_COPY_P2P, CHECK_MEDIUM, bytes, speed, 8) == 40 + 10 * 16);
        assert_true(check_limit_s(CHECK_LATENCY, CHECK_MEDIUM, bytes, speed, 8) == 45);
}

/* --- histograms --- */

static void ranges(void **state)
{
        (void)state;
        assert_int_equal(check_range_shift(64), 0);
        assert_int_equal(check_range_shift(65), 1);
        assert_int_equal(check_range_shift(UINT64_C(64) << 20), 20);
        assert_int_equal(check_range_shift((UINT64_C(64) << 20) + 1), 21);
        assert_int_equal(check_range_shift(0), 0);
}

static void errors_in_order(void **state)
{
        static struct check_report report = { .recorded = 3,
                .errors = 3,
                .bit = { [5] = 3 },
                .range = { [1] = 2, [63] = 1 },
                .error = { { .where = 30, .expected = 1, .found = 3, .sm = 1 }, { .where = 10 },
                        { .where = 20 } } };
        json_t *result = json_object(), *one;

        (void)state;
        check_errors_sort(&report);
        assert_int_equal(report.error[0].where, 10);
        assert_int_equal(report.error[2].where, 30);
        check_errors_add_histograms(result, &report, 20);
        one = json_object_get(result, "by_bit");
        assert_int_equal(json_array_size(one), 64);
        assert_int_equal(json_integer_value(json_array_get(one, 5)), 3);
        one = json_object_get(result, "by_range");
        assert_int_equal(json_array_size(one), 2);
        assert_int_equal(json_integer_value(json_object_get(json_array_get(one, 1), "from")),
                INT64_C(63) << 20);
        json_decref(result);
        one = check_error_of_memory(&report.error[2], 6);
        assert_int_equal(json_integer_value(json_object_get(one, "offset")), 24);
        assert_int_equal(json_integer_value(json_array_get(json_object_get(one, "bits"), 0)), 1);
        json_decref(one);
        report.recorded = CHECK_MAX_ERRORS + 7;
        assert_int_equal(check_errors_kept(&report), CHECK_MAX_ERRORS);
}

/* --- what was reached --- */

static json_int_t number_of(const json_t *object, const char *key)
{
        return json_integer_value(json_object_get(object, key));
}

static void errors_name_the_quarter(void **state)
{
        static struct check_report report = { .wrong = { [7] = { 0, 3, 0, 2 } } };
        const struct check_error error = {
                .where = 30, .expected = 9, .found = 8, .sm = 5, .quarter = 2
        };
        json_t *one = check_error_of_unit(&error), *list;

        (void)state;
        assert_int_equal(number_of(one, "multiprocessor"), 5);
        assert_int_equal(number_of(one, "quarter"), 2);
        json_decref(one);
        one = check_error_of_expectation(&error, 6, 8);
        assert_string_equal(
                json_string_value(json_object_get(one, "expected")), "0x0000000000000008");
        assert_string_equal(
                json_string_value(json_object_get(one, "computed")), "0x0000000000000009");
        assert_int_equal(number_of(one, "multiprocessor"), 5);
        assert_int_equal(number_of(one, "quarter"), 2);
        assert_int_equal(json_array_size(json_object_get(one, "bits")), 0);
        json_decref(one);
        list = check_errors_by_multiprocessor(&report);
        assert_int_equal(json_array_size(list), 1);
        one = json_array_get(list, 0);
        assert_int_equal(number_of(one, "multiprocessor"), 7);
        assert_int_equal(number_of(one, "errors"), 5);
        one = json_object_get(one, "quarters");
        assert_int_equal(json_array_size(one), CHECK_QUARTERS);
        assert_int_equal(json_integer_value(json_array_get(one, 1)), 3);
        assert_int_equal(json_integer_value(json_array_get(one, 3)), 2);
        json_decref(list);
}

/* Whatever quarter of whatever multiprocessor had whatever set never: it is named. */
static void nothing_is_left_out(void **state)
{
        static const unsigned multiprocessors[] = { 0, 2, 131, CHECK_MAX_SM - 1 };
        static struct check_report report;
        struct check_coverage coverage;

        (void)state;
        check_coverage(&report, 2, &coverage);
        assert_int_equal(coverage.multiprocessors, 0);
        assert_int_equal(coverage.quarters, 0);
        assert_int_equal(coverage.least, 0);
        for (size_t i = 0; i < 4; i++)
                for (unsigned q = 0; q < CHECK_QUARTERS; q++)
                        for (unsigned s = 0; s < CHECK_SETS; s++)
                                report.runs[multiprocessors[i]][q][s] = 9 + q;
        check_coverage(&report, CHECK_SETS, &coverage);
        assert_int_equal(coverage.multiprocessors, 4);
        assert_int_equal(coverage.quarters, 16);
        assert_int_equal(coverage.least, 9);
        for (unsigned i = 0; i < 4 * CHECK_QUARTERS * CHECK_SETS; i++) {
                unsigned number = multiprocessors[i / CHECK_SETS / CHECK_QUARTERS];
                unsigned quarter = i / CHECK_SETS % CHECK_QUARTERS, set = i % CHECK_SETS;
                unsigned int *runs = &report.runs[number][quarter][set], before = *runs;

                *runs = 0;
                check_coverage(&report, CHECK_SETS, &coverage);
                assert_int_equal(coverage.quarters, 15);
                assert_int_equal(coverage.least, 0);
                assert_int_equal(coverage.missed_multiprocessor, number);
                assert_int_equal(coverage.missed_quarter, quarter);
                assert_int_equal(coverage.missed_set, set);
                check_coverage(&report, set, &coverage); /* a set that there is not */
                assert_int_equal(coverage.quarters, 16);
                *runs = before;
        }
}

/* --- health --- */

/* The names are the records', by the order of both lists. */
static void health_has_names(void **state)
{
        struct health health = { 0 };
        json_t *object;

        (void)state;
        assert_string_equal(record_reading_keys[HEALTH_DRAM_CORRECTED].key, "dram_corrected");
        assert_string_equal(record_reading_keys[HEALTH_REMAP_PENDING].key, "remap_pending");
        assert_string_equal(record_reading_keys[HEALTH_PCIE_AER_FATAL].key, "pcie_aer_fatal");
        assert_string_equal(record_reading_keys[HEALTH_POWER_MW].key, "power_mw");
        assert_string_equal(record_reading_keys[HEALTH_THROTTLE].key, "throttle");
        assert_string_equal(record_reading_keys[HEALTH_NVLINK_MBPS].key, "nvlink_mbps");
        assert_string_equal(record_reading_keys[HEALTH_ITEMS].key, "nvlinks");
        health_set(&health, HEALTH_THROTTLE, 0x1 | 0x8 | 0x100); /* 0x1: idle */
        object = health_json(&health);
        assert_string_equal(
                json_string_value(json_array_get(json_object_get(object, "throttle"), 0)),
                "hardware-slowdown");
        assert_string_equal(
                json_string_value(json_array_get(json_object_get(object, "throttle"), 1)),
                "display-clocks");
        json_decref(object);
}

static void health_rises(void **state)
{
        struct health before = { 0 }, after = { 0 };
        json_t *result = json_object();
        char reason[WHY_SIZE];

        (void)state;
        health_set(&before, HEALTH_DRAM_CORRECTED, 7);
        health_set(&after, HEALTH_DRAM_CORRECTED, 7);
        health_set(&before, HEALTH_TEMPERATURE, 30);
        health_set(&after, HEALTH_TEMPERATURE, 80);
        assert_int_equal(health_compare(&before, &after, result, reason), 0);
        health_set(&after, HEALTH_DRAM_CORRECTED, 9);
        assert_int_equal(health_compare(&before, &after, result, reason), 1);
        assert_string_equal(reason, "dram_corrected rose from 7 to 9 during the check");
        health_set(&before, HEALTH_REMAP_PENDING, 0);
        health_set(&after, HEALTH_REMAP_PENDING, 1);
        assert_int_equal(health_compare(&before, &after, result, reason), 2);
        health_set(&before, HEALTH_REMAP_PENDING, 1);
        health_set(&after, HEALTH_REMAP_PENDING, 0);
        health_set(&after, HEALTH_DRAM_CORRECTED, 7);
        assert_int_equal(health_compare(&before, &after, result, reason), 1);
        assert_string_equal(reason, "remap_pending was 1 before");
        health_set(&before, HEALTH_REMAP_PENDING, 0);
        health_set(&after, HEALTH_DRAM_CORRECTED, 6);
        assert_int_equal(health_compare(&before, &after, result, reason), 1);
        assert_string_equal(reason, "dram_corrected fell from 7 to 6 during the check");
        before.known = 0;
        assert_int_equal(health_compare(&before, &after, result, reason), 2);
        assert_string_equal(reason, "dram_corrected could not be read before");
        before.known = after.known = 0;
        health_set(&before, HEALTH_DRAM_CORRECTED, 7);
        after.known = 0; /* the GPU has fallen off the bus */
        assert_int_equal(health_compare(&before, &after, result, reason), 1);
        assert_string_equal(reason, "dram_corrected can no longer be read");
        json_decref(result);
}

/* What is read back from JSON is what was written, and by names that the records' table has. */
static void health_is_read_back(void **state)
{
        struct health health = { 0 }, back;
        const char *key;
        json_t *object, *value;

        (void)state;
        for (enum health_item i = 0; i < HEALTH_THROTTLE; i++)
                if (i < HEALTH_NVLINKS_ACTIVE || i > HEALTH_NVLINK_MBPS) /* see test_nvlink.c */
                        health_set(&health, i, 3 + i);
        health_set(&health, HEALTH_THROTTLE, 0x1fe);
        object = health_json(&health);
        assert_true(health_of_json(object, &back));
        assert_int_equal(back.known, health.known);
        assert_memory_equal(back.value, health.value, sizeof(back.value));
        json_object_foreach(object, key, value) {
                const struct record_key *row = record_reading_keys;

                while (row->key && strcmp(row->key, key) != 0)
                        row++;
                assert_non_null(row->key);
        }
        json_object_set_new(object, "dram_corrected", json_integer(-1));
        assert_false(health_of_json(object, &back));
        json_object_set_new(object, "dram_corrected", json_integer(0));
        json_array_append_new(json_object_get(object, "throttle"), json_string("x"));
        assert_false(health_of_json(object, &back));
        json_decref(object);
        assert_false(health_is_of_sys(&health));
        health = (struct health){ 0 };
        health_set(&health, HEALTH_PCIE_AER_FATAL, 1);
        assert_true(health_is_of_sys(&health));
}

static void health_of_links(void **state)
{
        struct health none = { 0 }, after = { 0 };
        json_t *result = json_object();
        char reason[WHY_SIZE];
        uint64_t value;

        (void)state;
        health_set(&after, HEALTH_PCIE_WIDTH, 8);
        health_set(&after, HEALTH_PCIE_WIDTH_MAX, 16);
        assert_int_equal(health_compare(&none, &after, result, reason), 1);
        assert_string_equal(reason, "pcie_width is 8 although 16 is possible");
        assert_int_equal(health_generation("16.0 GT/s PCIe\n"), 4);
        assert_int_equal(health_generation("2.5 GT/s PCIe"), 1);
        assert_int_equal(health_generation("Unknown"), 0);
        assert_true(health_counter("RxErr 0\nTOTAL_ERR_COR 12\n", "TOTAL_ERR_COR", &value));
        assert_int_equal(value, 12);
        assert_false(health_counter("TOTAL_ERR_CORX 12\n", "TOTAL_ERR_COR", &value));
        assert_false(health_counter("TOTAL_ERR_COR ?\n", "TOTAL_ERR_COR", &value));
        assert_false(health_counter("TOTAL_ERR_COR \n", "TOTAL_ERR_COR", &value));
        json_decref(result);
}

/* --- known answers --- */

/* Random123's known-answer tests of philox4x32 with 10 rounds. */
static void philox_vectors(void **state)
{
        static const struct {
                unsigned counter[4], key[2], result[4];
        } vectors[] = {
                { { 0 }, { 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
                { { ~0u, ~0u, ~0u, ~0u }, { ~0u, ~0u },
                        { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
                { { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 }, { 0xa4093822, 0x299f31d0 },
                        { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
        };

        (void)state;
        for (size_t i = 0; i < 3; i++) {
                struct pattern_counter counter;

                memcpy(counter.word, vectors[i].counter, sizeof(counter.word));
                counter = pattern_philox(counter, vectors[i].key[0], vectors[i].key[1], 10);
                assert_memory_equal(counter.word, vectors[i].result, sizeof(counter.word));
        }
}

static void chaos_stays_chaotic(void **state)
{
        static float seed[KNOWN_CHAOS_VALUES], expected[KNOWN_CHAOS_VALUES];
        static double seed64[KNOWN_CHAOS_VALUES], expected64[KNOWN_CHAOS_VALUES];
        size_t equal = 0;

        (void)state;
        known_chaos_fp32(seed, expected);
        known_chaos_fp64(seed64, expected64);
        for (size_t i = 0; i < KNOWN_CHAOS_VALUES; i++) {
                assert_true(expected[i] > 0 && expected[i] < 1);
                assert_true(expected64[i] > 0 && expected64[i] < 1);
                for (size_t j = 0; j < i; j++) {
                        equal += expected[i] == expected[j];
                        assert_true(expected64[i] != expected64[j]);
                }
        }
        /* Of two million pairs: paths of 2^24 numbers meet now and then, and stay together. */
        assert_in_range(equal, 0, 500);
}

/* A number of eight bits, which is never infinite nor subnormal here. */
static double eight_bits(uint32_t byte, int fraction)
{
        uint32_t magnitude = byte & 0x7f, below = 1u << fraction;
        int exponent = (int)(magnitude >> fraction), bias = (1 << (6 - fraction)) - 1;

        if (magnitude == 0)
                return 0;
        assert_in_range(exponent, 1, (1 << (7 - fraction)) - 2 + (fraction == 3));
        return (byte & 0x80 ? -1.0 : 1.0) *
               ldexp(below | (magnitude & (below - 1)), exponent - bias - fraction);
}

static double element(enum known_type type, const uint32_t *words, unsigned index)
{
        unsigned per_word = type == KNOWN_TF32 ? 1 : type <= KNOWN_FP16 ? 2 : 4;
        uint32_t word = words[index / per_word], bits;
        float real;

        if (type == KNOWN_INT8)
                return (int8_t)(word >> (8 * (index % 4)));
        if (type >= KNOWN_E4M3)
                return eight_bits(word >> (8 * (index % 4)) & 0xff, type == KNOWN_E4M3 ? 3 : 2);
        if (type == KNOWN_FP16) {
                bits = word >> (16 * (index % 2)) & 0xffff;
                return (bits & 0x8000 ? -1.0 : 1.0) *
                       (bits & 0x7c00 ? ldexp(1024 + (bits & 0x3ff), (int)(bits >> 10 & 31) - 25)
                                      : ldexp(bits & 0x3ff, -24));
        }
        bits = type == KNOWN_BF16 ? (word >> (16 * (index % 2)) & 0xffff) << 16 : word;
        memcpy(&real, &bits, sizeof(real));
        return (double)real;
}

static double expected_of(enum known_type type, uint32_t word)
{
        float real;

        if (type == KNOWN_INT8)
                return (int32_t)word;
        memcpy(&real, &word, sizeof(real));
        return (double)real;
}

/* A word of the fragments, found by row (or column) and word of its 32 bytes. */
static uint32_t a_word(const uint32_t *a, unsigned set, unsigned tile, unsigned row, unsigned word)
{
        unsigned lane = row % 8 * 4 + word % 4, r = row / 8 + word / 4 * 2;

        return a[((set * 4 + tile) * 4 + r) * 32 + lane];
}

static uint32_t b_word(
        const uint32_t *b, unsigned set, unsigned tile, unsigned column, unsigned word)
{
        return b[((set * 4 + tile) * 2 + word / 4) * 32 + column * 4 + word % 4];
}

/* The sum in double precision, which has more than enough bits. Also how large it could get. */
static double mma_sum(
        enum known_type type, const uint32_t *a, const uint32_t *b, unsigned n, double *ret_most)
{
        unsigned lane = n % 32, r = n / 32 % 4, j = n / 128 % 4, i = n / 512 % 4, set = n / 2048;
        unsigned row = lane / 4 + (r / 2 ? 8 : 0), column = lane % 4 * 2 + r % 2;
        double sum = 0, most = 0, least = INFINITY;

        for (unsigned s = 0; s < 4; s++) {
                uint32_t left[8], right[8];

                for (unsigned word = 0; word < 8; word++) {
                        left[word] = a_word(a, set, i ^ s, row, word);
                        right[word] = b_word(b, set, j ^ s, column, word);
                }
                for (unsigned k = 0; k < known_depth(type); k++) {
                        double product = element(type, left, k) * element(type, right, k);

                        sum += product;
                        most += fabs(product);
                        if (product != 0 && fabs(product) < least)
                                least = fabs(product);
                }
        }
        (void)least;
        *ret_most = most * TENSOR_STEPS;
        return sum * TENSOR_STEPS;
}

/* Every value is a multiple of 2^e (a row's and a column's scale): sums need 24 bits above it. */
static void tensor_sums_are_exact(void **state)
{
        static uint32_t a[KNOWN_MMA_A], b[KNOWN_MMA_B], expected[KNOWN_MMA_EXPECTED];

        (void)state;
        for (enum known_type type = 0; type < KNOWN_TYPES; type++) {
                bool narrow = type >= KNOWN_E4M3; /* below */
                size_t zeroes = 0;

                known_mma(type, a, b, expected);
                for (unsigned n = 0; n < KNOWN_MMA_EXPECTED; n++) {
                        unsigned row = n % 32 / 4 + (n / 64 % 2 ? 8 : 0);
                        unsigned column = n % 4 * 2 + n / 32 % 2;
                        unsigned e = type == KNOWN_INT8 ? 1 : type == KNOWN_FP16 ? 4 : 32;
                        int scale = (int)(row * 7 % e + column * 7 % e);
                        double most, sum = mma_sum(type, a, b, n, &most);

                        assert_true(sum == expected_of(type, expected[n]));
                        assert_true(
                                narrow || most < ldexp(1, type == KNOWN_INT8 ? 31 : 24 + scale));
                        zeroes += sum == 0;
                }
                assert_true(zeroes < KNOWN_MMA_EXPECTED / (narrow ? 8 : 50));
        }
}

static double tile_element(
        enum known_type type, const uint32_t *tile, unsigned line, unsigned index)
{
        uint32_t words[8];

        for (unsigned word = 0; word < 8; word++)
                words[word] = tile[line / 8 * 64 + word / 4 * 32 + line % 8 * 4 + word % 4];
        return element(type, words, index);
}

static void wgmma_sums(void **state)
{
        static uint32_t a[KNOWN_WGMMA_A], b[KNOWN_WGMMA_B], expected[KNOWN_WGMMA_EXPECTED];

        (void)state;
        for (enum known_type type = 0; type < KNOWN_TYPES; type++) {
                known_wgmma(type, a, b, expected);
                for (unsigned n = 0; n < KNOWN_WGMMA_EXPECTED; n += 37) {
                        unsigned thread = n % 128, r = n / 128 % 128, set = n / 16384;
                        unsigned row = thread / 32 * 16 + thread % 32 / 4 + (r & 2 ? 8 : 0);
                        unsigned column = r / 4 * 8 + thread % 4 * 2 + r % 2;
                        double sum = 0;

                        for (unsigned k = 0; k < 4 * known_depth(type); k++) {
                                unsigned tile = set * 4 + k / known_depth(type);

                                sum += tile_element(
                                               type, a + tile * 512, row, k % known_depth(type)) *
                                       tile_element(type, b + tile * 2048, column,
                                               k % known_depth(type));
                        }
                        assert_true(sum * TENSOR_STEPS == expected_of(type, expected[n]));
                }
        }
}

/* The largest that any part of a sum can get, in whatever order an instruction adds. */
static double most_of(enum known_type type, const uint32_t *a, const uint32_t *b, unsigned set,
        unsigned row, unsigned column)
{
        unsigned depth = known_depth(type);
        double sum = 0, most = 0;

        for (unsigned step = 0; step < TENSOR_STEPS * WGMMA_TILES; step++) {
                const uint32_t *left = a + (set * 4 + step % 4) * 512;
                const uint32_t *right = b + (set * 4 + step % 4) * 2048;
                double reach = fabs(sum);

                for (unsigned k = 0; k < depth; k++) {
                        double product = tile_element(type, left, row, k) *
                                         tile_element(type, right, column, k);

                        reach += fabs(product);
                        sum += product;
                }
                most = fmax(most, reach);
        }
        return most;
}

/* What the sums of a row and a column are multiples of: 2 to the power of this. */
static int eight_bit_scale(enum known_type type, unsigned row, unsigned column)
{
        int lowest = type == KNOWN_E4M3 ? -6 : -14, exponents = type == KNOWN_E4M3 ? 11 : 28;

        return 2 * lowest + (int)(row * 7) % exponents + (int)(column * 7) % exponents;
}

/* The same of the fragments that meet in sum (i, j) of mma.sync. */
static double most_of_mma(enum known_type type, const uint32_t *a, const uint32_t *b, unsigned n,
        unsigned row, unsigned column)
{
        unsigned i = n % 4, j = n / 4 % 4, set = n / 16;
        double sum = 0, most = 0;

        for (unsigned turn = 0; turn < 4 * TENSOR_STEPS; turn++) {
                unsigned s = turn % 4;
                uint32_t left[8], right[8];
                double reach = fabs(sum);

                for (unsigned word = 0; word < 8; word++) {
                        left[word] = a_word(a, set, i ^ s, row, word);
                        right[word] = b_word(b, set, j ^ s, column, word);
                }
                for (unsigned k = 0; k < known_depth(type); k++) {
                        double product = element(type, left, k) * element(type, right, k);

                        reach += fabs(product);
                        sum += product;
                }
                most = fmax(most, reach);
        }
        return most;
}

static void mma_sums_of_eight_bits_are_narrow(void **state)
{
        static uint32_t a[KNOWN_MMA_A], b[KNOWN_MMA_B], expected[KNOWN_MMA_EXPECTED];

        (void)state;
        for (enum known_type type = KNOWN_E4M3; type <= KNOWN_E5M2; type++) {
                known_mma(type, a, b, expected);
                for (unsigned n = 0; n < 32 * 16 * 8; n++) {
                        unsigned row = n / 32 % 16, column = n / 32 / 16;
                        int scale = eight_bit_scale(type, row, column);

                        assert_true(most_of_mma(type, a, b, n % 32, row, column) <
                                    ldexp(1, 13 + scale));
                }
        }
}

/* Sums of eight-bit floating point have 13 bits, of whose lowest everything is a multiple. */
static void wgmma_sums_are_narrow(void **state)
{
        static uint32_t a[KNOWN_WGMMA_A], b[KNOWN_WGMMA_B], expected[KNOWN_WGMMA_EXPECTED];

        (void)state;
        for (enum known_type type = KNOWN_E4M3; type < KNOWN_TYPES; type++) {
                size_t zeroes = 0;

                known_wgmma(type, a, b, expected);
                for (unsigned n = 0; n < KNOWN_WGMMA_EXPECTED; n++)
                        zeroes += expected[n] << 1 == 0;
                assert_true(zeroes < KNOWN_WGMMA_EXPECTED / 8);
                for (unsigned n = 0; n < 2 * 64 * 256; n += 31) {
                        unsigned set = n / 16384, row = n / 256 % 64, column = n % 256;
                        int scale = eight_bit_scale(type, row, column);

                        assert_true(most_of(type, a, b, set, row, column) < ldexp(1, 13 + scale));
                }
        }
}

/* --- double precision on the tensor cores --- */

static double a_value(const double *a, unsigned set, unsigned tile, unsigned row, unsigned k)
{
        unsigned r = k / 4 * 2 + row / 8;

        return a[((set * DOUBLE_LEFTS + tile) * DOUBLE_A + r) * 32 + row % 8 * 4 + k % 4];
}

static double b_value(const double *b, unsigned set, unsigned tile, unsigned column, unsigned k)
{
        return b[((set * DOUBLE_RIGHTS + tile) * DOUBLE_B + k / 4) * 32 + column * 4 + k % 4];
}

/* With more bits than a double has; and how large a part of it can get in any order. */
static long double double_sum(const double *a, const double *b, unsigned n, long double *ret_most)
{
        unsigned lane = n % 32, r = n / 32 % 4, j = n / 128 % 4, i = n / 512 % 2, set = n / 1024;
        unsigned row = lane / 4 + (r / 2 ? 8 : 0), column = lane % 4 * 2 + r % 2;
        long double sum = 0, most = 0;

        for (unsigned s = 0; s < 4; s++) {
                long double up = 0, down = 0, before = fabsl(sum);

                for (unsigned k = 0; k < 16; k++) {
                        long double product = (long double)a_value(a, set, (i + s) % 2, row, k) *
                                              (long double)b_value(b, set, (j + s) % 4, column, k);

                        up += product > 0 ? product : 0;
                        down -= product < 0 ? product : 0;
                        sum += product;
                }
                most = fmaxl(most, before + fmaxl(up, down));
        }
        *ret_most = most + fabsl(sum) * (DOUBLE_STEPS - 1);
        return sum * DOUBLE_STEPS;
}

static void double_sums_are_exact(void **state)
{
        static double a[DOUBLE_A_VALUES], b[DOUBLE_B_VALUES], expected[DOUBLE_SUM_VALUES];

        (void)state;
        known_double(a, b, expected);
        for (unsigned n = 0; n < DOUBLE_SUM_VALUES; n++) {
                unsigned row = n % 32 / 4 + (n / 64 % 2 ? 8 : 0);
                unsigned column = n % 4 * 2 + n / 32 % 2;
                int scale = (int)(row * 7 % 64 + column * 7 % 64) - 64;
                long double most, sum = double_sum(a, b, n, &most);

                assert_true(sum == (long double)expected[n]);
                assert_true(sum != 0);
                assert_true(most < ldexpl(1, 53 + scale));
        }
}

/* Of either operand all bits of the significand are ones somewhere, and zeroes elsewhere. */
static void double_operands_have_all_bits(void **state)
{
        static double a[DOUBLE_A_VALUES], b[DOUBLE_B_VALUES], expected[DOUBLE_SUM_VALUES];
        uint64_t ones[2] = { 0 }, zeroes[2] = { 0 }, fraction = (UINT64_C(1) << 52) - 1;

        (void)state;
        known_double(a, b, expected);
        for (unsigned n = 0; n < DOUBLE_A_VALUES + DOUBLE_B_VALUES; n++) {
                bool right = n >= DOUBLE_A_VALUES;
                double value = right ? b[n - DOUBLE_A_VALUES] : a[n];
                uint64_t bits;

                memcpy(&bits, &value, sizeof(bits));
                ones[right] |= bits;
                zeroes[right] |= ~bits;
        }
        for (int right = 0; right < 2; right++) {
                assert_true((ones[right] & fraction) == fraction);
                assert_true((zeroes[right] & fraction) == fraction);
        }
}

/* --- integers --- */

static void integer_operations(void **state)
{
        (void)state;
        assert_true(integer_low(0x9e3779b1, 3, 7) == 0xdaa66d1a);
        assert_true(integer_high(0x80000000, 6, 9) == 12);
        assert_true(integer_high(0xffffffff, 0xffffffff, 1) == 0xffffffff);
        assert_true(integer_permute(0x44332211, 0x88776655, 0x7160) == 0x88227711);
        assert_true(integer_funnel(0x12345678, 0x12345678, 36) == 0x23456781);
        assert_true(integer_funnel(0x80000000, 0x7, 1) == 0xf);
        assert_true(integer_funnel(0x5, 0x7, 32) == 0x7);
        for (unsigned table = 0; table < 256; table++) /* the bits of these are the places of it */
                assert_int_equal(integer_logic(table, 0xf0, 0xcc, 0xaa) & 0xff, table);
}

/* A wrong bit stays: from what comes out of a step, what went in could be told. */
static void integer_steps_keep_errors(void **state)
{
        static uint32_t seed[KNOWN_INTEGER_VALUES], expected[KNOWN_INTEGER_VALUES];

        (void)state;
        known_integer(seed, expected);
        for (unsigned bit = 0; bit < 32 * INTEGER_CHAINS; bit++) {
                unsigned right[INTEGER_CHAINS], wrong[INTEGER_CHAINS], changed = 0;

                for (unsigned c = 0; c < INTEGER_CHAINS; c++)
                        right[c] = wrong[c] = seed[c * INTEGER_THREADS + bit];
                wrong[bit / 32] ^= 1u << bit % 32;
                for (unsigned step = 0; step < INTEGER_STEPS; step++) {
                        integer_step(right);
                        integer_step(wrong);
                        assert_memory_not_equal(right, wrong, sizeof(right));
                }
                for (unsigned c = 0; c < INTEGER_CHAINS; c++) {
                        changed += right[c] != wrong[c];
                        assert_int_equal(right[c], expected[c * INTEGER_THREADS + bit]);
                }
                assert_in_range(changed, INTEGER_CHAINS - 1, INTEGER_CHAINS);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(requirements),
                cmocka_unit_test(bad_requirements),
                cmocka_unit_test(relations),
                cmocka_unit_test(levels_have_every_test),
                cmocka_unit_test(units_by_compute),
                cmocka_unit_test(what_is_not_tested_is_told),
                cmocka_unit_test(rehearsals_have_plain_units),
                cmocka_unit_test(baseline_round_trip),
                cmocka_unit_test(baseline_finds_slower),
                cmocka_unit_test(baseline_of_nothing),
                cmocka_unit_test(verdicts),
                cmocka_unit_test(verdicts_with_floors),
                cmocka_unit_test(rounds_are_joined),
                cmocka_unit_test(turns_of_a_soak),
                cmocka_unit_test(results_have_their_order),
                cmocka_unit_test(what_broke_off_is_recorded),
                cmocka_unit_test(what_did_not_break_off_is_not),
                cmocka_unit_test(tests_have_limits),
                cmocka_unit_test(ranges),
                cmocka_unit_test(errors_in_order),
                cmocka_unit_test(errors_name_the_quarter),
                cmocka_unit_test(nothing_is_left_out),
                cmocka_unit_test(health_has_names),
                cmocka_unit_test(health_rises),
                cmocka_unit_test(health_is_read_back),
                cmocka_unit_test(health_of_links),
                cmocka_unit_test(philox_vectors),
                cmocka_unit_test(chaos_stays_chaotic),
                cmocka_unit_test(tensor_sums_are_exact),
                cmocka_unit_test(wgmma_sums),
                cmocka_unit_test(wgmma_sums_are_narrow),
                cmocka_unit_test(mma_sums_of_eight_bits_are_narrow),
                cmocka_unit_test(double_sums_are_exact),
                cmocka_unit_test(double_operands_have_all_bits),
                cmocka_unit_test(integer_operations),
                cmocka_unit_test(integer_steps_keep_errors),
        };

        return run_tap(tests);
}
