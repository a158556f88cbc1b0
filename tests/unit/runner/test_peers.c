/* GPUs of one model beside each other: which is the best, and who is too far behind. */
#include <stdio.h>

#include "runner/check/check_peers.h"
#include "tests/unit/tap.h"

#define MAX_PEERS 4

/* What each of `count` GPUs has found, as JSON; NULL: nothing. */
static json_t *compare(
        const char *const *found, size_t count, size_t own, double percent, size_t *ret_failed)
{
        struct check_peer peer[MAX_PEERS] = { 0 };
        json_t *list;

        for (size_t i = 0; i < count; i++) {
                peer[i].index = (unsigned)i;
                peer[i].tests = found[i] ? json_loads(found[i], 0, NULL) : NULL;
                assert_true(!found[i] || peer[i].tests);
        }
        list = check_peers_compare(peer, count, own, percent, ret_failed);
        for (size_t i = 0; i < count; i++)
                json_decref((json_t *)peer[i].tests);
        return list;
}

#define TEST(test, numbers) "{\"test\":\"" test "\",\"status\":\"pass\"," numbers "}"
#define WRITE(gbps)         "[" TEST("memory-random", "\"write_gbps\":" gbps) "]"

/* The slowed one, and only that, fails: whichever of them it is, and wherever the border is. */
static void slow_one_fails(void **state)
{
        static const struct {
                const char *found[3];
                double percent;
                size_t failed[3];
                json_int_t best;
        } rows[] = {
                { { WRITE("4434.6"), WRITE("4432.5"), WRITE("4430") }, 5, { 0, 0, 0 }, 0 },
                { { WRITE("4200"), WRITE("4434.6"), WRITE("4430") }, 5, { 1, 0, 0 }, 1 },
                { { WRITE("4434.6"), WRITE("3900"), WRITE("4430") }, 5, { 0, 1, 0 }, 0 },
                { { WRITE("4434"), WRITE("4434"), WRITE("1") }, 5, { 0, 0, 1 }, 0 },
                { { WRITE("100"), WRITE("95"), WRITE("94.9") }, 5, { 0, 0, 1 }, 0 },
                { { WRITE("100"), WRITE("95"), WRITE("94.9") }, 6, { 0, 0, 0 }, 0 },
                { { WRITE("100"), WRITE("99.9"), WRITE("100") }, 0, { 0, 1, 0 }, 0 },
                { { WRITE("100"), WRITE("0"), WRITE("1") }, 100, { 0, 0, 0 }, 0 },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                for (size_t own = 0; own < 3; own++) {
                        size_t failed;
                        json_t *list = compare(rows[i].found, 3, own, rows[i].percent, &failed),
                               *one;

                        assert_int_equal(failed, rows[i].failed[own]);
                        assert_int_equal(json_array_size(list), 1);
                        one = json_array_get(list, 0);
                        assert_string_equal(json_string_value(json_object_get(one, "metric")),
                                "memory-random.write_gbps");
                        assert_string_equal(json_string_value(json_object_get(one, "status")),
                                failed ? "fail" : "pass");
                        assert_int_equal(
                                json_integer_value(json_object_get(one, "device")), rows[i].best);
                        json_decref(list);
                }
        }
}

#define HASHES(fma, mma)                                                                       \
        "[" TEST("agreement", "\"hashes\":[{\"operation\":\"fma-fp32\",\"hash\":\"" fma "\"}," \
                              "{\"operation\":\"mma-fp16\",\"hash\":\"" mma "\"}]") "]"

/* Hashes are the same, or more than half of the GPUs have one of them; and none is the best. */
static void other_hash_fails(void **state)
{
        static const struct {
                const char *found[3];
                size_t count, failed[3];
                json_int_t best[3]; /* of the second operation */
        } rows[] = {
                { { HASHES("0x1", "0x2"), HASHES("0x1", "0x2"), HASHES("0x1", "0x2") }, 3,
                        { 0, 0, 0 }, { 0, 0, 0 } },
                { { HASHES("0x1", "0x2"), HASHES("0x1", "0x3"), HASHES("0x1", "0x2") }, 3,
                        { 0, 1, 0 }, { 0, 0, 0 } },
                { { HASHES("0x1", "0x3"), HASHES("0x1", "0x2"), HASHES("0x1", "0x2") }, 3,
                        { 1, 0, 0 }, { 1, 1, 1 } },
                { { HASHES("0x1", "0x2"), HASHES("0x1", "0x3"), NULL }, 2, { 1, 1, 0 },
                        { 1, 0, 0 } },
                { { HASHES("0x4", "0x2"), HASHES("0x5", "0x3"), HASHES("0x6", "0x4") }, 3,
                        { 2, 2, 2 }, { 1, 0, 0 } },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                for (size_t own = 0; own < rows[i].count; own++) {
                        size_t failed;
                        json_t *list = compare(rows[i].found, rows[i].count, own, 100, &failed);
                        json_t *one = json_array_get(list, 1);

                        assert_int_equal(failed, rows[i].failed[own]);
                        assert_int_equal(json_array_size(list), 2);
                        assert_string_equal(json_string_value(json_object_get(one, "metric")),
                                "agreement.mma-fp16");
                        assert_int_equal(json_integer_value(json_object_get(one, "device")),
                                rows[i].best[own]);
                        assert_true(json_is_string(json_object_get(one, "best")));
                        assert_true(json_is_string(json_object_get(one, "found")));
                        json_decref(list);
                }
        }
}

/* A GPU that has none fails where it says that it is over, and is in error anyway elsewhere. */
static void missing_hash_fails(void **state)
{
        static const char *const found[] = { HASHES("0x1", "0x2"), HASHES("0x1", "0x2"),
                "[{\"test\":\"agreement\",\"status\":\"pass\",\"hashes\":[]}]" };
        static const char *const broken[] = { HASHES("0x1", "0x2"), HASHES("0x1", "0x2"),
                "[{\"test\":\"agreement\",\"status\":\"error\"}]" };
        size_t failed;
        json_t *list = compare(found, 3, 2, 5, &failed);

        (void)state;
        assert_int_equal(failed, 2);
        assert_null(json_object_get(json_array_get(list, 0), "found"));
        json_decref(list);
        list = compare(broken, 3, 2, 5, &failed);
        assert_int_equal(failed, 0);
        assert_int_equal(json_array_size(list), 0);
        json_decref(list);
}

/* Copies with the host get five times as much, the links nothing, and noise is left out. */
static void each_number_has_its_share(void **state)
{
        static const struct {
                const char *good, *bad, *test;
        } rows[] = {
                { "\"gbps\":55.4", "\"gbps\":42", "copy-h2d" },
                { "\"gbps\":55.4", "\"gbps\":52.7", "copy-d2d" },
                { "\"gbps\":394", "\"gbps\":296", "copy-p2p" },
                { "\"tops\":1890", "\"tops\":1796", "compute-int8" },
                { "\"tflops\":65.0", "\"tflops\":61.8", "compute-fp64" },
                { "\"nvlinks_active\":18", "\"nvlinks_active\":18", "health" },
        };
        static const char *const border[] = { "\"gbps\":41.5", "\"gbps\":52.6", "\"gbps\":295",
                "\"tops\":1795", "\"tflops\":61.7", "\"nvlinks_active\":17" };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                char good[128], near[128], far[128];
                const char *found[2] = { good, near };
                size_t failed;

                snprintf(good, sizeof(good), "[{\"test\":\"%s\",\"status\":\"pass\",%s}]",
                        rows[i].test, rows[i].good);
                snprintf(near, sizeof(near), "[{\"test\":\"%s\",\"status\":\"pass\",%s}]",
                        rows[i].test, rows[i].bad);
                snprintf(far, sizeof(far), "[{\"test\":\"%s\",\"status\":\"pass\",%s}]",
                        rows[i].test, border[i]);
                json_decref(compare(found, 2, 1, 5, &failed));
                assert_int_equal(failed, 0);
                found[1] = far;
                json_decref(compare(found, 2, 1, 5, &failed));
                assert_int_equal(failed, 1);
        }
}

static void noise_is_left_out(void **state)
{
        static const char *const found[] = { "[" TEST("copy-bidirectional",
                                                     "\"gbps\":100") "," TEST("latency",
                                                     "\"launch_us\":9,\"memory_ns\":150") "]",
                "[" TEST("copy-bidirectional", "\"gbps\":70") "," TEST(
                        "latency", "\"launch_us\":19,\"memory_ns\":350") "]" };
        size_t failed;
        json_t *list = compare(found, 2, 1, 5, &failed);

        (void)state;
        assert_int_equal(failed, 0);
        assert_int_equal(json_array_size(list), 0);
        json_decref(list);
}

/* A number that is not there is no pass, unless the test itself has told why already. */
static void missing_numbers_fail(void **state)
{
        static const struct {
                const char *own;
                size_t failed, listed;
        } rows[] = {
                { "[{\"test\":\"memory-random\",\"status\":\"skip\"}]", 1, 1 },
                { "[{\"test\":\"memory-random\",\"status\":\"pass\"}]", 1, 1 },
                { "[{\"test\":\"memory-random\",\"status\":\"pass\",\"write_gbps\":\"4434\"}]", 1,
                        1 },
                { "[{\"test\":\"memory-random\",\"status\":\"error\"}]", 0, 0 },
                { "[]", 0, 0 },
                { NULL, 0, 0 },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                const char *found[] = { rows[i].own, WRITE("4434") };
                size_t failed;
                json_t *list = compare(found, 2, 0, 5, &failed);

                assert_int_equal(failed, rows[i].failed);
                assert_int_equal(json_array_size(list), rows[i].listed);
                assert_null(json_object_get(json_array_get(list, 0), "found"));
                json_decref(list);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(slow_one_fails),
                cmocka_unit_test(other_hash_fails),
                cmocka_unit_test(missing_hash_fails),
                cmocka_unit_test(each_number_has_its_share),
                cmocka_unit_test(noise_is_left_out),
                cmocka_unit_test(missing_numbers_fail),
        };

        return run_tap(tests);
}
