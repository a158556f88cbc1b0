/* The comparison of results: decoding, tolerances, NaN, infinities, and what was never written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <string.h>

#include "jobs/compare.h"

static struct comparison compare(enum element_type type, double tolerance, const void *expected,
        const void *found, size_t bytes)
{
        struct comparison comparison;

        compare_elements(
                type, tolerance, expected, found, bytes / element_bytes(type), false, &comparison);
        return comparison;
}

static bool floats_match(double tolerance, float expected, float found)
{
        return compare(ELEMENT_F32, tolerance, &expected, &found, sizeof(found)).mismatches == 0;
}

static void half_is_decoded(void **state)
{
        static const struct {
                uint16_t bits;
                double value;
        } halves[] = {
                { 0x0000, 0 },
                { 0x0001, 0x1p-24 },
                { 0x03ff, 0x3ffp-24 },
                { 0x0400, 0x1p-14 },
                { 0x3c00, 1 },
                { 0x3555, 0x1.554p-2 },
                { 0x7bff, 65504 },
                { 0xc000, -2 },
                { 0x7c00, INFINITY },
                { 0xfc00, -INFINITY },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(halves) / sizeof(halves[0]); i++)
                assert_true(element_load(ELEMENT_F16, &halves[i].bits).real == halves[i].value);
        assert_true(isnan(element_load(ELEMENT_F16, &(uint16_t){ 0x7c01 }).real));
        assert_true(isnan(element_load(ELEMENT_F16, &(uint16_t){ 0xfe00 }).real));
        assert_true(signbit(element_load(ELEMENT_F16, &(uint16_t){ 0x8000 }).real));
}

static void bfloat_is_decoded(void **state)
{
        (void)state;
        assert_true(element_load(ELEMENT_BF16, &(uint16_t){ 0x3f80 }).real == 1);
        assert_true(element_load(ELEMENT_BF16, &(uint16_t){ 0xc049 }).real == -3.140625);
        assert_true(element_load(ELEMENT_BF16, &(uint16_t){ 0x0001 }).real == 0x1p-133);
        assert_true(isinf(element_load(ELEMENT_BF16, &(uint16_t){ 0x7f80 }).real));
        assert_true(isnan(element_load(ELEMENT_BF16, &(uint16_t){ 0x7fc0 }).real));
}

static void integers_are_decoded(void **state)
{
        static const uint8_t ones[8] = { 255, 255, 255, 255, 255, 255, 255, 255 };

        (void)state;
        assert_true(element_load(ELEMENT_I8, ones).i == -1);
        assert_true(element_load(ELEMENT_U8, ones).u == 255);
        assert_true(element_load(ELEMENT_I16, ones).i == -1);
        assert_true(element_load(ELEMENT_U16, ones).u == 65535);
        assert_true(element_load(ELEMENT_I32, ones).i == -1);
        assert_true(element_load(ELEMENT_U32, ones).u == UINT32_MAX);
        assert_true(element_load(ELEMENT_I64, ones).i == -1);
        assert_true(element_load(ELEMENT_U64, ones).u == UINT64_MAX);
}

static void names_of_types(void **state)
{
        enum element_type type;

        (void)state;
        for (int i = 0; i < ELEMENT_TYPES; i++) {
                assert_true(element_parse(element_name((enum element_type)i), &type));
                assert_int_equal(type, i);
        }
        assert_false(element_parse("F32", &type));
        assert_false(element_parse("", &type));
}

static void nan_never_matches(void **state)
{
        (void)state;
        assert_false(floats_match(FLT_MAX, NAN, NAN));
        assert_false(floats_match(FLT_MAX, 0, NAN));
        assert_false(floats_match(FLT_MAX, NAN, 0));
        assert_false(floats_match(FLT_MAX, INFINITY, NAN));
}

static void infinity_matches_itself(void **state)
{
        (void)state;
        assert_true(floats_match(0, INFINITY, INFINITY));
        assert_true(floats_match(0, -INFINITY, -INFINITY));
        assert_false(floats_match(FLT_MAX, INFINITY, -INFINITY));
        assert_false(floats_match(FLT_MAX, INFINITY, FLT_MAX));
        assert_false(floats_match(FLT_MAX, FLT_MAX, INFINITY));
}

static void zeroes_match(void **state)
{
        (void)state;
        assert_true(floats_match(0, 0.0f, -0.0f));
        assert_true(floats_match(0, -0.0f, 0.0f));
}

/* One unit in the last place beyond the tolerance is one too many. */
static void edges_of_the_tolerance(void **state)
{
        (void)state;
        assert_false(floats_match(0, 1, nextafterf(1, 2)));
        assert_true(floats_match(0x1p-23, 1, nextafterf(1, 2)));
        assert_false(floats_match(0x1p-23, 1, nextafterf(nextafterf(1, 2), 2)));
        assert_true(floats_match(0x1p-24, 1, nextafterf(1, 0)));
        /* absolute below 1 … */
        assert_true(floats_match(0.5, 0.25f, 0.75f));
        assert_false(floats_match(0.5, 0.25f, nextafterf(0.75f, 1)));
        assert_true(floats_match(1e-6, 0, 0x1p-140f));
        /* … and relative above */
        assert_true(floats_match(0.5, 1024, 1536));
        assert_false(floats_match(0.5, 1024, nextafterf(1536, 2000)));
        assert_true(floats_match(0.5, -1024, -512));
        assert_false(floats_match(0.5, -1024, nextafterf(-512, 0)));
}

static void difference_may_overflow(void **state)
{
        double expected = DBL_MAX, found = -DBL_MAX;
        struct comparison comparison =
                compare(ELEMENT_F64, 1e300, &expected, &found, sizeof(found));

        (void)state;
        assert_int_equal(comparison.mismatches, 1);
        assert_true(isinf(comparison.worst.error));
}

static void worst_is_found(void **state)
{
        static const double expected[5] = { 1, 1000, 0, 5, 5 };
        static const double found[5] = { 1.25, 1200, 0.5, 5, 5 }; /* off by 0.25, 0.2, 0.5 */
        struct comparison comparison = compare(ELEMENT_F64, 0.1, expected, found, sizeof(found));

        (void)state;
        assert_int_equal(comparison.elements, 5);
        assert_int_equal(comparison.mismatches, 3);
        assert_int_equal(comparison.worst.index, 2);
        assert_true(comparison.worst.expected.real == 0);
        assert_true(comparison.worst.found.real == 0.5);
        assert_true(comparison.worst.error == 0.5);
}

static void first_of_the_worst_counts(void **state)
{
        static const float expected[4] = { 1, 1, 1, 1 };
        static const float found[4] = { 2, NAN, 1, NAN };
        struct comparison comparison = compare(ELEMENT_F32, 0, expected, found, sizeof(found));

        (void)state;
        assert_int_equal(comparison.mismatches, 3);
        assert_int_equal(comparison.worst.index, 1);
        assert_true(isnan(comparison.worst.error));
}

static void integers_are_exact(void **state)
{
        int64_t expected = INT64_MIN, found = INT64_MAX;
        uint64_t large = UINT64_MAX, less = UINT64_MAX - 1;
        struct comparison comparison = compare(ELEMENT_I64, 1e18, &expected, &found, sizeof(found));

        (void)state;
        assert_int_equal(comparison.mismatches, 1);
        assert_true(comparison.worst.difference == UINT64_MAX);
        comparison = compare(ELEMENT_U64, 0, &large, &less, sizeof(large));
        assert_int_equal(comparison.mismatches, 1);
        assert_true(comparison.worst.difference == 1);
        assert_int_equal(compare(ELEMENT_U64, 1, &large, &less, 8).mismatches, 0);
        assert_int_equal(compare(ELEMENT_U64, 1, &less, &large, 8).mismatches, 0);
        assert_int_equal(compare(ELEMENT_U64, 1e30, &(uint64_t){ 0 }, &large, 8).mismatches, 0);
        assert_int_equal(compare(ELEMENT_I8, 1, "\x80", "\x81", 1).mismatches, 0);
        assert_int_equal(compare(ELEMENT_I8, 254, "\x80", "\x7f", 1).mismatches, 1);
        assert_int_equal(compare(ELEMENT_I8, 255, "\x80", "\x7f", 1).mismatches, 0);
}

static void unaligned_data(void **state)
{
        unsigned char expected[17], found[17];
        static const double values[2] = { 1, 2 };

        (void)state;
        memcpy(expected + 1, values, sizeof(values));
        memcpy(found + 1, values, sizeof(values));
        assert_int_equal(compare(ELEMENT_F64, 0, expected + 1, found + 1, 16).mismatches, 0);
}

static void fill(unsigned char *bytes, size_t length)
{
        for (size_t i = 0; i < length; i++)
                bytes[i] = (unsigned char)(POISON_WORD >> 8 * (i % 4));
}

static void poison_is_seen(void **state)
{
        unsigned char bytes[64];

        (void)state;
        for (size_t length = 1; length <= sizeof(bytes); length++) {
                fill(bytes, length);
                assert_true(compare_is_poison(bytes, length));
                for (size_t i = 0; i < length; i++) {
                        bytes[i] ^= 1;
                        assert_false(compare_is_poison(bytes, length));
                        bytes[i] ^= 1;
                }
        }
}

/* Elements that were never written are counted apart, and none of them is the worst. */
static void untouched_elements_are_counted(void **state)
{
        static const float expected[4] = { 1, 2, 3, 4 };
        static const uint64_t large[2] = { 7, 0xfff5fff5fff5fff5 };
        unsigned char found[16];
        struct comparison comparison;

        (void)state;
        fill(found, sizeof(found));
        memcpy(found + 4, &(float){ 2 }, 4);
        memcpy(found + 12, &(float){ 5 }, 4);
        compare_elements(ELEMENT_F32, 0, expected, found, 4, true, &comparison);
        assert_int_equal(comparison.mismatches, 3);
        assert_int_equal(comparison.untouched, 2);
        assert_int_equal(comparison.first_untouched, 0);
        assert_int_equal(comparison.worst.index, 3);
        compare_elements(ELEMENT_F32, 0, expected, found, 4, false, &comparison);
        assert_int_equal(comparison.untouched, 0);
        assert_int_equal(comparison.worst.index, 0);
        fill(found, sizeof(found));
        /* Who expects the pattern has it. */
        compare_elements(ELEMENT_U64, 0, large, found, 2, true, &comparison);
        assert_int_equal(comparison.mismatches, 1);
        assert_int_equal(comparison.untouched, 1);
        /* Among small integers it is a result like any other; as a half it is a NaN. */
        compare_elements(ELEMENT_U8, 0, expected, found, 4, true, &comparison);
        assert_int_equal(comparison.mismatches, 4);
        assert_int_equal(comparison.untouched, 0);
        compare_elements(ELEMENT_F16, 1e30, expected, found + 2, 2, true, &comparison);
        assert_int_equal(comparison.untouched, 2);
}

/* So that an element that was never written is within no tolerance. */
static void poison_is_nan(void **state)
{
        static const enum element_type reals[] = { ELEMENT_F16, ELEMENT_BF16, ELEMENT_F32,
                ELEMENT_F64 };
        unsigned char bytes[16];

        (void)state;
        fill(bytes, sizeof(bytes));
        for (size_t i = 0; i < 4; i++) {
                size_t size = element_bytes(reals[i]);

                for (size_t at = 0; at + size <= sizeof(bytes); at += size)
                        assert_true(isnan(element_load(reals[i], bytes + at).real));
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(half_is_decoded),
                cmocka_unit_test(bfloat_is_decoded),
                cmocka_unit_test(integers_are_decoded),
                cmocka_unit_test(names_of_types),
                cmocka_unit_test(nan_never_matches),
                cmocka_unit_test(infinity_matches_itself),
                cmocka_unit_test(zeroes_match),
                cmocka_unit_test(edges_of_the_tolerance),
                cmocka_unit_test(difference_may_overflow),
                cmocka_unit_test(worst_is_found),
                cmocka_unit_test(first_of_the_worst_counts),
                cmocka_unit_test(integers_are_exact),
                cmocka_unit_test(unaligned_data),
                cmocka_unit_test(poison_is_seen),
                cmocka_unit_test(untouched_elements_are_counted),
                cmocka_unit_test(poison_is_nan),
        };

        cmocka_set_message_output(CM_OUTPUT_TAP);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
