/* Limits without an earlier run and without another GPU: by the units and by the model. */
#include "runner/check/check_limits.h"
#include "tests/unit/tap.h"

#include <stdio.h>

static const struct check_model h200 = { "NVIDIA H200", "2335", 90, 132 };

/* What a sound H200 measured, with so much of its speed. */
static json_t *results_of(double share)
{
        json_t *tests = json_pack(
                "[{s:s, s:s, s:f, s:f}, {s:s, s:s, s:s, s:f, s:f}, {s:s, s:s, s:s, s:f, s:f}]",
                "test", "memory-random", "status", "pass", "write_gbps", 4431 * share,
                "verify_gbps", 4605 * share, "test", "compute-fp32", "status", "pass", "path",
                "fma", "tflops", 65.03 * share, "clock_mhz", 1980.0, "test", "compute-fp64",
                "status", "pass", "path", "fma", "tflops", 32.93 * share, "clock_mhz", 1980.0);
        json_t *test;
        size_t i;

        json_array_foreach(tests, i, test) {
                enum check_kind kind = i == 1 ? CHECK_COMPUTE_FP32 : CHECK_COMPUTE_FP64;

                if (i > 0)
                        json_object_set_new(test, "efficiency",
                                json_real(check_efficiency(kind, "fma", &h200,
                                        json_number_value(json_object_get(test, "tflops")), 1980)));
        }
        return tests;
}

static const json_t *entry_of(const json_t *list, const char *metric, const char *kind)
{
        const json_t *one;
        size_t i;

        json_array_foreach((json_t *)list, i, one) {
                if (strcmp(json_string_value(json_object_get(one, "metric")), metric) == 0 &&
                        strcmp(json_string_value(json_object_get(one, "kind")), kind) == 0)
                        return one;
        }
        fail_msg("no %s of %s", kind, metric);
        return NULL;
}

static const char *status_of(const json_t *list, const char *metric, const char *kind)
{
        return json_string_value(json_object_get(entry_of(list, metric, kind), "status"));
}

static json_t *judge(double share, const struct check_model *model, size_t *failed, size_t *unknown)
{
        json_t *tests = results_of(share);
        json_t *list = check_limits_judge(tests, model, failed, unknown);

        json_decref(tests);
        return list;
}

static void efficiency(void **state)
{
        (void)state;
        assert_true(check_efficiency(CHECK_COMPUTE_FP32, "fma", &h200, 66.9082, 1980) > 0.9999);
        assert_true(check_efficiency(CHECK_COMPUTE_FP32, "fma", &h200, 66.9082, 1980) < 1.0001);
        assert_true(check_efficiency(CHECK_COMPUTE_FP32, "fma", &h200, 66.9, 0) == 0);
        assert_true(check_efficiency(CHECK_COMPUTE_BF16, "mma.sync", &h200, 600, 1980) == 0);
        assert_true(check_efficiency(CHECK_COMPUTE_FP32, NULL, &h200, 66.9, 1980) == 0);
}

/* No floor of another test whose name begins alike. */
static void floors_are_of_one_test(void **state)
{
        const struct check_model a100 = { "NVIDIA A100-SXM4-80GB", "20b2", 80, 108 };
        json_t *tests = json_pack("[{s:s, s:s, s:s, s:f}]", "test", "compute-fp64-tensor", "status",
                "pass", "path", "mma.sync", "tflops", 40.0);
        size_t failed, unknown;
        json_t *list = check_limits_judge(tests, &h200, &failed, &unknown);

        (void)state;
        assert_string_equal(status_of(list, "compute-fp64-tensor.tflops", "floor"), "fail");
        json_decref(list);
        list = check_limits_judge(tests, &a100, &failed, &unknown);
        assert_string_equal(
                status_of(list, "compute-fp64-tensor.tflops", "floor"), "no limit known");
        assert_int_equal(failed, 0);
        json_decref(list);
        json_decref(tests);
}

static void units_of_hopper(void **state)
{
        (void)state;
        assert_in_range(100 * check_efficiency(CHECK_COMPUTE_INT32, "integer", &h200, 26.17, 1980),
                99, 101);
        assert_in_range(
                100 * check_efficiency(CHECK_COMPUTE_FP8_E4M3, "wgmma", &h200, 1451, 1766), 75, 77);
        assert_in_range(
                100 * check_efficiency(CHECK_COMPUTE_FP64_TENSOR, "mma.sync", &h200, 66.7, 1980),
                99, 101);
}

static void a_sound_card_passes(void **state)
{
        size_t failed, unknown;
        json_t *list = judge(1, &h200, &failed, &unknown);

        (void)state;
        assert_int_equal(failed, 0);
        assert_int_equal(unknown, 0);
        assert_string_equal(status_of(list, "compute-fp32.efficiency", "efficiency"), "pass");
        assert_string_equal(status_of(list, "memory-random.write_gbps", "floor"), "pass");
        assert_string_equal(status_of(list, "multiprocessors", "floor"), "pass");
        json_decref(list);
}

/* Five of a hundred multiprocessors do nothing: no baseline, no other GPU. */
static void idle_multiprocessors_fail(void **state)
{
        struct check_model unknown_model = { "Some Card", "ffff", 90, 132 },
                           fewer = { "NVIDIA H200", "2335", 90, 131 };
        size_t failed, unknown;
        json_t *list = judge(0.95, &h200, &failed, &unknown);

        (void)state;
        assert_string_equal(status_of(list, "compute-fp32.efficiency", "efficiency"), "fail");
        assert_string_equal(status_of(list, "compute-fp64.efficiency", "efficiency"), "fail");
        json_decref(list);
        list = judge(0.95, &unknown_model, &failed, &unknown);
        assert_int_equal(failed, 2);
        json_decref(list);
        list = judge(1, &fewer, &failed, &unknown);
        assert_string_equal(status_of(list, "multiprocessors", "floor"), "fail");
        json_decref(list);
}

/* What nobody knows is said, and is no pass. */
static void unknown_models_are_told(void **state)
{
        struct check_model other = { "Some Card", "", 53, 10 },
                           renamed = { "NVIDIA H200", "2336", 90, 132 },
                           unread = { "NVIDIA H200", "", 90, 132 };
        size_t failed, unknown;
        json_t *list = judge(1, &other, &failed, &unknown);

        (void)state;
        assert_int_equal(failed, 0);
        assert_int_equal(unknown, json_array_size(list));
        assert_string_equal(status_of(list, "memory-random.write_gbps", "floor"), "no limit known");
        json_decref(list);
        list = judge(1, &renamed, &failed, &unknown);
        assert_string_equal(json_string_value(json_object_get(
                                    entry_of(list, "multiprocessors", "floor"), "reason")),
                "the table has this name with another PCI id");
        json_decref(list);
        list = judge(1, &unread, &failed, &unknown);
        assert_int_equal(unknown, 0);
        json_decref(list);
}

/* A clock that could not be read leaves no efficiency: not a pass. */
static void without_a_clock(void **state)
{
        json_t *tests = results_of(1), *list;
        size_t failed, unknown;

        (void)state;
        json_object_del(json_array_get(tests, 1), "efficiency");
        list = check_limits_judge(tests, &h200, &failed, &unknown);
        assert_int_equal(unknown, 1);
        assert_string_equal(
                status_of(list, "compute-fp32.efficiency", "efficiency"), "no limit known");
        json_decref(list);
        json_decref(tests);
}

static void links(void **state)
{
        static const char text[] = "[{\"test\":\"copy-h2d\",\"status\":\"pass\",\"gbps\":%g},"
                                   "{\"test\":\"health\",\"status\":\"pass\",%s\"pcie_width\":16}]";
        static const struct {
                double gbps;
                const char *generation, *status;
        } cases[] = { { 55, "\"pcie_generation\":5,", "pass" },
                { 26, "\"pcie_generation\":5,", "fail" }, { 26, "\"pcie_generation\":4,", "pass" },
                { 26, "", "no limit known" } };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char filled[256];
                size_t failed, unknown;
                json_t *tests, *list;

                snprintf(filled, sizeof(filled), text, cases[i].gbps, cases[i].generation);
                tests = json_loads(filled, 0, NULL);
                list = check_limits_judge(tests, &h200, &failed, &unknown);
                assert_string_equal(
                        status_of(list, "copy-h2d.gbps", "efficiency"), cases[i].status);
                json_decref(list);
                json_decref(tests);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(efficiency),
                cmocka_unit_test(floors_are_of_one_test),
                cmocka_unit_test(units_of_hopper),
                cmocka_unit_test(a_sound_card_passes),
                cmocka_unit_test(idle_multiprocessors_fail),
                cmocka_unit_test(unknown_models_are_told),
                cmocka_unit_test(without_a_clock),
                cmocka_unit_test(links),
        };

        return run_tap(tests);
}
