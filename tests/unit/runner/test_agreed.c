/*
 * What is known of bitwise agreement. The golden hashes of operations that IEEE 754 or PTX defines
 * completely are computed here, by the processor's own arithmetic in all four roundings: they are
 * not merely what a card said.
 */
#include "tests/unit/tap.h"

#include <fenv.h>
#include <math.h>
#include <string.h>

#include "runner/answers/check_agreed.h"

enum mode { NEAREST, ZERO, DOWN, UP, MODES };

static const int host_modes[MODES] = { FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD };

static const struct agreed_place hopper = { 90, false }, rehearsal = { 90, true };

/* --- numbers and their bits; arithmetic goes through volatile, so that it stays in its mode --- */

static float f32(uint64_t bits)
{
        uint32_t narrow = (uint32_t)bits;
        float value;

        memcpy(&value, &narrow, sizeof(value));
        return value;
}

static double f64(uint64_t bits)
{
        double value;

        memcpy(&value, &bits, sizeof(value));
        return value;
}

static uint64_t bits32(volatile float value)
{
        float copy = value;
        uint32_t bits;

        memcpy(&bits, &copy, sizeof(bits));
        return isnan(copy) ? 0x7fffffff : bits;
}

static uint64_t bits64(volatile double value)
{
        double copy = value;
        uint64_t bits;

        memcpy(&bits, &copy, sizeof(bits));
        return isnan(copy) ? INT64_MAX : bits;
}

/* Not rintf: the compiler has one of its own, which is for rounding to nearest alone. */
static long double integral(volatile long double value)
{
        volatile long double rounded = rintl(value);

        return rounded;
}

/* A number of an even narrower format, in the mode that is set: its multiple of the last place. */
static uint64_t narrowed(
        volatile long double value, int exponent_bits, int fraction_bits, enum mode mode)
{
        const int one = (1 << (exponent_bits - 1)) - 1;
        const uint64_t infinity = ((UINT64_C(1) << exponent_bits) - 1) << fraction_bits;
        uint64_t sign = signbit(value) ? UINT64_C(1) << (exponent_bits + fraction_bits) : 0;
        volatile long double places;
        int exponent;

        if (isnan(value))
                return 0x7fff;
        if (isinf(value) || value == 0)
                return sign | (value == 0 ? 0 : infinity);
        exponent = ilogbl(value) < 1 - one ? 1 - one : ilogbl(value);
        places = fabsl(integral(ldexpl(value, fraction_bits - exponent)));
        if (places >= ldexpl(1, fraction_bits + 1)) {
                places /= 2;
                exponent++;
        }
        if (exponent > one) /* too large */
                return mode == NEAREST || mode == (sign ? DOWN : UP) ? sign | infinity
                                                                     : sign | (infinity - 1);
        /* the fraction's first place, where there is one, counts in the exponent */
        return sign | (((uint64_t)(exponent + one - 1) << fraction_bits) + (uint64_t)places);
}

static uint64_t half(long double value, enum mode mode)
{
        return narrowed(value, 5, 10, mode);
}

static uint64_t brain(long double value, enum mode mode)
{
        return narrowed(value, 8, 7, mode);
}

/* Saturated; NaN is left out. The types: s32, u32, s64, u64. */
static uint64_t whole(volatile long double value, unsigned type)
{
        static const struct {
                long double least, most;
                uint64_t lowest, highest;
        } types[] = {
                { -0x1p31L, 0x1p31L - 1, 0x80000000, 0x7fffffff },
                { 0, 0x1p32L - 1, 0, UINT32_MAX },
                { -0x1p63L, 0x1p63L - 1, UINT64_C(1) << 63, INT64_MAX },
                { 0, 0x1p64L - 1, 0, UINT64_MAX },
        };
        long double rounded = integral(value);
        uint64_t result;

        if (isnan(value))
                return 0;
        if (rounded <= types[type].least)
                return types[type].lowest;
        if (rounded >= types[type].most)
                return types[type].highest;
        result = rounded < 0 ? 0 - (uint64_t)-rounded : (uint64_t)rounded;
        return type < 2 ? result & UINT32_MAX : result;
}

/* --- .ftz --- */

static uint64_t flushed(uint64_t bits)
{
        return bits & 0x7f800000 ? bits : bits & 0x80000000;
}

/*
 * Flushed is what is below the smallest normal number when rounded as if there were none smaller:
 * `wide` is the same 2^40 times as large.
 */
static uint64_t flushed_result(float result, float wide)
{
        return fabsf(wide) < 0x1p-86f ? bits32(result) & 0x80000000 : bits32(result);
}

static uint64_t fma_flushed(float a, float b, float c)
{
        bool swap = fabsf(a) > fabsf(b);
        volatile float small = swap ? b : a, large = swap ? a : b, addend = c;

        return flushed_result(
                fmaf(small, large, addend), fmaf(small * 0x1p40f, large, addend * 0x1p40f));
}

static uint64_t divide_flushed(volatile float a, volatile float b)
{
        volatile float wide = a * 0x1p40f;

        return flushed_result(a / b, wide / b);
}

static uint64_t single_flushed(volatile double a)
{
        volatile double wide = a * 0x1p40;

        return flushed_result((float)a, (float)wide);
}

/* --- the kinds, as agree.cu numbers their results --- */

struct folding {
        unsigned input;
        enum mode mode;
        uint64_t sum;
};

static void take(struct folding *fold, unsigned result, uint64_t bits)
{
        fold->sum += agreement_fold(bits, fold->input, result);
}

/* What has no rounding is there once. */
static void take_once(struct folding *fold, unsigned result, uint64_t bits)
{
        if (fold->mode == NEAREST)
                take(fold, result, bits);
}

static void take_wholes(struct folding *fold, unsigned result, long double value)
{
        for (unsigned type = 0; type < 4; type++)
                take(fold, result + 4 * type + fold->mode, whole(value, type));
}

#define OF_THREE(name, format, value, expression)                                   \
        static void name(struct folding *fold)                                      \
        {                                                                           \
                struct agreement_triple t = agreement_triple(format, fold->input);  \
                const volatile __typeof__(value(0)) a = value(t.a), b = value(t.b); \
                const volatile __typeof__(value(0)) c = value(t.c), one = 1;        \
                                                                                    \
                (void)a, (void)b, (void)c, (void)one;                               \
                take(fold, fold->mode, expression);                                 \
        }

static float f32_flushed(uint64_t bits)
{
        return f32(flushed(bits));
}

OF_THREE(fma_32, AGREEMENT_FP32, f32, bits32(fmaf(a, b, c)))
OF_THREE(fma_ftz, AGREEMENT_FP32, f32_flushed, fma_flushed(a, b, c))
OF_THREE(fma_64, AGREEMENT_FP64, f64, bits64(fma(a, b, c)))
OF_THREE(divide_32, AGREEMENT_FP32, f32, bits32(a / b))
OF_THREE(divide_ftz, AGREEMENT_FP32, f32_flushed, divide_flushed(a, b))
OF_THREE(divide_64, AGREEMENT_FP64, f64, bits64(a / b))
OF_THREE(reciprocal_32, AGREEMENT_FP32, f32, bits32(one / b))
OF_THREE(reciprocal_ftz, AGREEMENT_FP32, f32_flushed, divide_flushed(one, b))
OF_THREE(reciprocal_64, AGREEMENT_FP64, f64, bits64(one / b))

static void root_32(struct folding *fold)
{
        volatile float a = f32(agreement_radicand(AGREEMENT_FP32, fold->input));

        take(fold, fold->mode, bits32(sqrtf(a)));
}

static void root_ftz(struct folding *fold)
{
        volatile float a = f32_flushed(agreement_radicand(AGREEMENT_FP32, fold->input));

        take(fold, fold->mode, bits32(sqrtf(a)));
}

static void root_64(struct folding *fold)
{
        volatile double a = f64(agreement_radicand(AGREEMENT_FP64, fold->input));

        take(fold, fold->mode, bits64(sqrt(a)));
}

static void from_32(struct folding *fold)
{
        volatile float a = f32(agreement_convertible(AGREEMENT_FP32, fold->input));

        take_once(fold, 0, bits64((double)a));
        take(fold, 1 + fold->mode, half(a, fold->mode));
        take(fold, 5 + fold->mode, bits32((float)integral(a)));
        take_wholes(fold, 9, a);
}

static void from_ftz(struct folding *fold)
{
        volatile float a = f32_flushed(agreement_convertible(AGREEMENT_FP32, fold->input));
        volatile double b = f64(agreement_convertible(AGREEMENT_FP64, fold->input));

        take_once(fold, 0, bits64((double)a));
        take_wholes(fold, 1, a);
        take(fold, 17 + fold->mode, single_flushed(b));
}

static void from_64(struct folding *fold)
{
        volatile double a = f64(agreement_convertible(AGREEMENT_FP64, fold->input));

        take(fold, fold->mode, bits32((float)a));
        take(fold, 4 + fold->mode, half(a, fold->mode));
        take(fold, 8 + fold->mode, bits64((double)integral(a)));
        take_wholes(fold, 12, a);
}

/* Its value, by the definition of the format. */
static double value_of_half(unsigned bits)
{
        unsigned exponent = bits >> 10 & 31, fraction = bits & 1023;
        double value = exponent ? ldexp(1024 + fraction, (int)exponent - 25) : ldexp(fraction, -24);

        if (exponent == 31)
                value = fraction ? (double)NAN : (double)INFINITY;
        return bits & 0x8000 ? -value : value;
}

static void from_16(struct folding *fold)
{
        volatile double a = value_of_half(fold->input * 0x9e37 & 0xffff);

        take_once(fold, 0, bits32((float)a));
        take_once(fold, 1, bits64(a));
        take_wholes(fold, 2, a);
}

static void from_whole(struct folding *fold)
{
        uint64_t a = agreement_whole(fold->input);
        volatile long double value[] = { (int32_t)a, (uint32_t)a, (int64_t)a, a };

        for (unsigned type = 0; type < 4; type++) {
                take(fold, 12 * type + fold->mode, bits32((float)value[type]));
                take(fold, 12 * type + 4 + fold->mode, bits64((double)value[type]));
                take(fold, 12 * type + 8 + fold->mode, half(value[type], fold->mode));
        }
}

static void to_bf16(struct folding *fold)
{
        volatile float a = f32(agreement_convertible(AGREEMENT_FP32, fold->input));

        if (fold->mode <= ZERO)
                take(fold, fold->mode, brain(a, fold->mode));
}

/*
 * In double precision the tensor cores add one product after the other, each by a fused
 * multiply-add. PTX says the latter, and leaves the order open.
 */
static uint64_t sum_of(uint64_t sum, const uint64_t *a, const uint64_t *b, unsigned depth)
{
        volatile double to = f64(sum);

        for (unsigned k = 0; k < depth; k++)
                to = fma(f64(a[k]), f64(b[k]), to);
        return bits64(to);
}

static uint64_t element(unsigned fragment, unsigned number)
{
        return agreement_element(AGREEMENT_FP64, fragment, number);
}

/* A lane holds an element of A and of B, and two sums. The input is a lane of a fragment. */
static void mma_fp64(struct folding *fold)
{
        unsigned n = fold->input / 32, lane = fold->input % 32;

        for (unsigned i = 0; fold->mode == NEAREST && i < 2; i++) {
                unsigned row = lane / 4, column = lane % 4 * 2 + i;
                uint64_t a[4], b[4];

                for (unsigned k = 0; k < 4; k++) {
                        a[k] = element(n, 4 * row + k);
                        b[k] = element(n, 1024 + 4 * column + k);
                }
                take(fold, i,
                        sum_of(agreement_addend(AGREEMENT_FP64, n, 2 * lane + i, 0), a, b, 4));
        }
}

/* Eight of A, four of B, and four sums: of every second the row is 8 below. */
static void mma_fp64_deep(struct folding *fold)
{
        unsigned n = fold->input / 32, lane = fold->input % 32;

        for (unsigned i = 0; fold->mode == NEAREST && i < 4; i++) {
                unsigned row = lane / 4, column = lane % 4 * 2 + i % 2;
                uint64_t a[16], b[16];

                for (unsigned k = 0; k < 16; k++) {
                        a[k] = element(n, 8 * (4 * row + k % 4) + k / 4 * 2 + i / 2);
                        b[k] = element(n, 1024 + 4 * (4 * column + k % 4) + k / 4);
                }
                take(fold, i,
                        sum_of(agreement_addend(AGREEMENT_FP64, n, 4 * lane + i, 0), a, b, 16));
        }
}

static void (*const defined[AGREEMENT_KINDS])(struct folding *fold) = {
        [AGREEMENT_FMA_FP32] = fma_32,
        [AGREEMENT_FMA_FP32_FTZ] = fma_ftz,
        [AGREEMENT_FMA_FP64] = fma_64,
        [AGREEMENT_DIVIDE_FP32] = divide_32,
        [AGREEMENT_DIVIDE_FP32_FTZ] = divide_ftz,
        [AGREEMENT_DIVIDE_FP64] = divide_64,
        [AGREEMENT_ROOT_FP32] = root_32,
        [AGREEMENT_ROOT_FP32_FTZ] = root_ftz,
        [AGREEMENT_ROOT_FP64] = root_64,
        [AGREEMENT_RECIPROCAL_FP32] = reciprocal_32,
        [AGREEMENT_RECIPROCAL_FP32_FTZ] = reciprocal_ftz,
        [AGREEMENT_RECIPROCAL_FP64] = reciprocal_64,
        [AGREEMENT_FROM_FP32] = from_32,
        [AGREEMENT_FROM_FP32_FTZ] = from_ftz,
        [AGREEMENT_FROM_FP64] = from_64,
        [AGREEMENT_FROM_FP16] = from_16,
        [AGREEMENT_FROM_INTEGERS] = from_whole,
        [AGREEMENT_TO_BF16] = to_bf16,
        [AGREEMENT_MMA_FP64] = mma_fp64,
        [AGREEMENT_MMA_FP64_DEEP] = mma_fp64_deep,
};

static uint64_t hash_of(enum agreement_kind kind, unsigned inputs)
{
        struct folding fold = { .sum = 0 };

        for (fold.mode = NEAREST; fold.mode < MODES; fold.mode++) {
                fesetround(host_modes[fold.mode]);
                for (fold.input = 0; fold.input < inputs; fold.input++)
                        defined[kind](&fold);
        }
        fesetround(FE_TONEAREST);
        return fold.sum;
}

static void compare_golden(struct agreed_place place)
{
        unsigned wrong = 0;

        for (enum agreement_kind kind = 0; kind < AGREEMENT_KINDS; kind++) {
                uint64_t golden = 0, hash;

                if (!defined[kind] || !agreed_has_part(agreed_part(kind), place))
                        continue;
                hash = hash_of(kind, agreed_inputs(place));
                agreed_golden(kind, place, &golden);
                if (hash == golden)
                        continue;
                print_error("%s: 0x%016llx is computed, and 0x%016llx is the golden hash\n",
                        agreed_name(kind), (unsigned long long)hash, (unsigned long long)golden);
                wrong++;
        }
        assert_int_equal(wrong, 0);
}

static void test_golden(void **state)
{
        (void)state;
        compare_golden(hopper);
}

static void test_golden_rehearsed(void **state)
{
        (void)state;
        compare_golden(rehearsal);
}

/* --- the inputs and the fold --- */

struct classes {
        unsigned nan, infinite, zero, minus_zero, subnormal, normal;
};

static void count_class(struct classes *classes, double value)
{
        switch (fpclassify(value)) {
        case FP_NAN:
                classes->nan++;
                break;
        case FP_INFINITE:
                classes->infinite++;
                break;
        case FP_ZERO:
                classes->zero += !signbit(value);
                classes->minus_zero += signbit(value) != 0;
                break;
        case FP_SUBNORMAL:
                classes->subnormal++;
                break;
        default:
                classes->normal++;
        }
}

/* Of 65536: each class often, and most are ordinary. */
static void assert_mixed(const struct classes *classes, unsigned least)
{
        const unsigned rare[] = { classes->nan, classes->infinite, classes->zero,
                classes->minus_zero, classes->subnormal };

        for (size_t i = 0; i < sizeof(rare) / sizeof(rare[0]); i++)
                assert_in_range(rare[i], least, AGREEMENT_INPUTS / 4);
        assert_in_range(classes->normal, AGREEMENT_INPUTS / 4, AGREEMENT_INPUTS);
}

static void test_inputs_are_of_all_kinds(void **state)
{
        struct classes fp64 = { 0 }, convertible = { 0 }, quotients = { 0 }, products = { 0 };

        (void)state;
        for (unsigned n = 0; n < AGREEMENT_INPUTS; n++) {
                struct agreement_triple t = agreement_triple(AGREEMENT_FP64, n);
                double a = f64(t.a), b = f64(t.b), c = f64(t.c);

                count_class(&fp64, a);
                count_class(&convertible, f64(agreement_convertible(AGREEMENT_FP64, n)));
                count_class(&quotients, a / b);
                count_class(&products, fma(a, b, c));
        }
        assert_mixed(&fp64, 100);
        assert_mixed(&convertible, 100);
        assert_mixed(&quotients, 100);
        assert_mixed(&products, 5); /* which rarely are zero */
        assert_in_range(products.subnormal, 1000, AGREEMENT_INPUTS / 4);
}

/* Fragments of matrices: most sums stay numbers, and not all of them. */
static void test_fragments_are_of_all_kinds(void **state)
{
        struct classes elements = { 0 };
        unsigned spoilt = 0;

        (void)state;
        for (unsigned n = 0; n < 2048; n++) {
                unsigned special = 0;

                for (unsigned i = 0; i < 32; i++) {
                        double value =
                                value_of_half((unsigned)agreement_element(AGREEMENT_FP16, n, i));

                        count_class(&elements,
                                isfinite(value) && fabs(value) < 0x1p-14 && value != 0 ? 0x1p-1074
                                                                                       : value);
                        special += !isfinite(value);
                }
                spoilt += special > 0;
        }
        assert_mixed(&elements, 10);
        assert_in_range(spoilt, 2048 / 8, 2048 / 2);
}

/* Whatever bit it is, and if the same bit of several results is wrong: a sum alone loses these. */
static void test_fold_loses_nothing(void **state)
{
        (void)state;
        for (unsigned bit = 0; bit < 64; bit++) {
                uint64_t right = 0, wrong = 0;

                for (unsigned n = 0; n < 64; n++) {
                        uint64_t bits = agreement_random(n, 99);

                        right += agreement_fold(bits, n, 0);
                        wrong += agreement_fold(bits ^ UINT64_C(1) << bit, n, 0);
                        assert_true(right != wrong);
                }
        }
}

/* --- what is told of them --- */

static void test_names(void **state)
{
        (void)state;
        for (enum agreement_kind kind = 0; kind < AGREEMENT_KINDS; kind++) {
                assert_non_null(agreed_name(kind));
                for (enum agreement_kind other = 0; other < kind; other++)
                        assert_string_not_equal(agreed_name(kind), agreed_name(other));
        }
}

static size_t kinds_at(int compute, bool in_rehearsal)
{
        struct agreed_place place = { compute, in_rehearsal };
        size_t count = 0;

        for (enum agreement_kind kind = 0; kind < AGREEMENT_KINDS; kind++)
                count += agreed_has_part(agreed_part(kind), place);
        return count;
}

static void test_what_there_is(void **state)
{
        (void)state;
        assert_int_equal(kinds_at(70, false), AGREEMENT_APPROXIMATE_LONG + 1);
        assert_int_equal(kinds_at(80, false), AGREEMENT_MMA_FP64 + 1);
        assert_int_equal(kinds_at(90, false), AGREEMENT_KINDS);
        assert_int_equal(kinds_at(120, false), AGREEMENT_MMA_FP64 + 1);
        assert_int_equal(kinds_at(90, true), AGREEMENT_TO_BF16 + 1);
}

/* What is known to be right is so for every GPU, but for what each does in its own way. */
static void test_unknown_is_told(void **state)
{
        const struct agreed_place other = { 120, false };
        uint64_t hash = 0, same = 0;

        (void)state;
        assert_int_equal(agreed_unknown(hopper), 0);
        assert_int_equal(agreed_unknown(other), 6); /* mma and approximate */
        assert_int_equal(agreed_unknown(rehearsal), 1);
        assert_true(agreed_golden(AGREEMENT_FMA_FP32, hopper, &hash));
        assert_true(agreed_golden(AGREEMENT_FMA_FP32, other, &same));
        assert_true(hash == same);
        assert_true(agreed_golden(AGREEMENT_MMA_FP16, hopper, &hash));
        assert_false(agreed_golden(AGREEMENT_MMA_FP16, other, &hash));
        assert_false(agreed_golden(AGREEMENT_APPROXIMATE_LONG, hopper, &hash));
}

/* What a test tells where all is right. */
static json_t *right_at(struct agreed_place place)
{
        json_t *list = json_array();

        for (enum agreement_kind kind = 0; kind < AGREEMENT_KINDS; kind++) {
                uint64_t hash = 0x0123456789abcdef;

                agreed_golden(kind, place, &hash);
                if (agreed_has_part(agreed_part(kind), place))
                        json_array_append_new(list, agreed_result(kind, place, hash));
        }
        return list;
}

static void test_right_ones_hold(void **state)
{
        const struct agreed_place places[] = { hopper, rehearsal, { 70, false }, { 120, false } };

        (void)state;
        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
                json_t *list = right_at(places[i]);

                assert_true(agreed_holds(list, places[i]));
                for (size_t k = 0; k < sizeof(places) / sizeof(places[0]); k++)
                        assert_int_equal(agreed_holds(list, places[k]), k == i);
                json_decref(list);
        }
        assert_false(agreed_holds(NULL, hopper));
}

static void test_wrong_ones_do_not(void **state)
{
        static const struct {
                size_t index;
                const char *key, *value; /* NULL: it is not there */
        } lies[] = {
                { 0, "hash", "0x0123456789abcdef" },
                { 0, "golden", "0x0123456789abcdef" },
                { 0, "golden", NULL },
                { 0, "status", "fail" },
                { 0, "status", AGREED_UNKNOWN },
                { 1, "operation", "fma-fp32" },
                { AGREEMENT_APPROXIMATE_LONG, "status", "pass" },
                { AGREEMENT_APPROXIMATE_LONG, "golden", "0x0123456789abcdef" },
                { AGREEMENT_APPROXIMATE_LONG, "hash", "0x123456789abcdef" },
                { AGREEMENT_APPROXIMATE_LONG, "hash", "0x0123456789abcdefg" },
                { AGREEMENT_APPROXIMATE_LONG, "hash", "none" },
                { AGREEMENT_APPROXIMATE_LONG, "hash", NULL },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
                json_t *list = right_at(hopper), *one = json_array_get(list, lies[i].index);

                if (lies[i].value)
                        json_object_set_new(one, lies[i].key, json_string(lies[i].value));
                else
                        json_object_del(one, lies[i].key);
                if (agreed_holds(list, hopper))
                        fail_msg("%zu: %s may be %s", lies[i].index, lies[i].key,
                                lies[i].value ? lies[i].value : "absent");
                json_decref(list);
        }
}

/* All bits wrong alike, on all quarters: the golden hash tells. */
static void test_other_hash_fails(void **state)
{
        json_t *list = right_at(hopper), *wrong;

        (void)state;
        wrong = agreed_result(AGREEMENT_FMA_FP64, hopper, 1);
        assert_string_equal(json_string_value(json_object_get(wrong, "status")), "fail");
        json_array_set_new(list, AGREEMENT_FMA_FP64, wrong);
        assert_false(agreed_holds(list, hopper));
        json_decref(list);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_inputs_are_of_all_kinds),
                cmocka_unit_test(test_fragments_are_of_all_kinds),
                cmocka_unit_test(test_fold_loses_nothing),
                cmocka_unit_test(test_names),
                cmocka_unit_test(test_what_there_is),
                cmocka_unit_test(test_unknown_is_told),
                cmocka_unit_test(test_right_ones_hold),
                cmocka_unit_test(test_wrong_ones_do_not),
                cmocka_unit_test(test_other_hash_fails),
                cmocka_unit_test(test_golden),
                cmocka_unit_test(test_golden_rehearsed),
        };

        return run_tap(tests);
}
