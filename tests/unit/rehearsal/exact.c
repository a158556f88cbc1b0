#include "tests/unit/rehearsal/exact.h"

#include <math.h>
#include <stdbool.h>

const struct binary half = { 10, 5 }, brain = { 7, 8 }, single = { 23, 8 }, twice = { 52, 11 };

static uint64_t sign_bit(struct binary format)
{
        return UINT64_C(1) << (format.mantissa + format.exponent);
}

static uint64_t infinity_bits(struct binary format)
{
        return ((UINT64_C(1) << format.exponent) - 1) << format.mantissa;
}

static __float128 power_of_two(int exponent)
{
        __float128 result = 1, factor = exponent < 0 ? (__float128)0.5 : (__float128)2;

        for (unsigned n = (unsigned)(exponent < 0 ? -exponent : exponent); n; n /= 2) {
                if (n % 2)
                        result *= factor;
                factor *= factor;
        }
        return result;
}

__float128 exact_value(uint64_t bits, struct binary format)
{
        uint64_t magnitude = bits & (sign_bit(format) - 1);
        uint64_t mantissa = magnitude & ((UINT64_C(1) << format.mantissa) - 1);
        int exponent = (int)(magnitude >> format.mantissa);
        int lowest = 2 - (1 << (format.exponent - 1)) - format.mantissa;
        __float128 value;

        if (magnitude > infinity_bits(format))
                return __builtin_nan("");
        if (magnitude == infinity_bits(format))
                value = __builtin_inf();
        else if (exponent)
                value = (__float128)(mantissa | UINT64_C(1) << format.mantissa) *
                        power_of_two(lowest + exponent - 1);
        else
                value = (__float128)mantissa * power_of_two(lowest);
        return bits & sign_bit(format) ? -value : value;
}

struct exact exact_of(__float128 value)
{
        return (struct exact){ value, 0 };
}

struct exact exact_sum(__float128 a, __float128 b)
{
        __float128 sum = a + b, b_part = sum - a, a_part = sum - b_part;

        if (sum - sum != 0) /* infinite or NaN */
                return exact_of(sum);
        return (struct exact){ sum, (a - a_part) + (b - b_part) };
}

/* The sign of the exact value less `candidate`. */
typedef int compare_fn(const void *what, __float128 candidate);

static int sign_of(__float128 value)
{
        return (value > 0) - (value < 0);
}

static int compare_exact(const void *what, __float128 candidate)
{
        const struct exact *value = what;
        int order = sign_of(value->sum - candidate);

        return order ? sign_of((value->sum - candidate) + value->rest) : sign_of(value->rest);
}

/* The largest magnitude's bits that do not exceed a positive value, by halving the interval. */
static uint64_t find_below(compare_fn *compare, const void *what, struct binary format)
{
        uint64_t low = 0, high = infinity_bits(format);

        while (high - low > 1) {
                uint64_t middle = low + (high - low) / 2;

                if (compare(what, exact_value(middle, format)) >= 0)
                        low = middle;
                else
                        high = middle;
        }
        return low;
}

/* What stands between a magnitude and the next one decides to nearest; infinity counts as if the
 * exponents went on. */
static bool rounds_up(compare_fn *compare, const void *what, uint64_t below, struct binary format)
{
        __float128 low = exact_value(below, format), gap;
        int order;

        gap = below ? low - exact_value(below - 1, format) : exact_value(1, format);
        if (below && below + 1 < infinity_bits(format))
                gap = exact_value(below + 1, format) - low;
        order = compare(what, low + gap / 2);
        return order > 0 || (order == 0 && below & 1);
}

/* Rounds a positive value; `negative` says which way DOWN and UP are. */
static uint64_t round_magnitude(
        compare_fn *compare, const void *what, struct binary format, enum mode mode, bool negative)
{
        uint64_t below = find_below(compare, what, format);
        bool away = mode == (negative ? DOWN : UP);

        if (compare(what, exact_value(below, format)) == 0)
                return below;
        if (mode == NEAREST)
                away = rounds_up(compare, what, below, format);
        return below + away;
}

uint64_t exact_round(struct exact value, struct binary format, enum mode mode, uint64_t nan)
{
        bool negative = value.sum < 0 || (value.sum == 0 && __builtin_signbit((double)value.sum));
        uint64_t sign = negative ? sign_bit(format) : 0;

        if (value.sum != value.sum)
                return nan;
        if (value.sum - value.sum != 0)
                return sign | infinity_bits(format);
        if (value.sum == 0)
                return sign;
        if (negative)
                value = (struct exact){ -value.sum, -value.rest };
        return sign | round_magnitude(compare_exact, &value, format, mode, negative);
}

struct quotient {
        __float128 a, b; /* positive */
};

static int compare_quotient(const void *what, __float128 candidate)
{
        const struct quotient *q = what;

        return sign_of(q->a - candidate * q->b);
}

uint64_t exact_divide(double a, double b, struct binary format, enum mode mode, uint64_t nan)
{
        double rough = a / b;
        bool negative = signbit(a) != signbit(b);
        uint64_t sign = negative ? sign_bit(format) : 0;
        struct quotient q = { fabs(a), fabs(b) };

        if (rough != rough)
                return nan;
        if (isinf(a) || b == 0)
                return sign | infinity_bits(format);
        if (a == 0 || isinf(b))
                return sign;
        return sign | round_magnitude(compare_quotient, &q, format, mode, negative);
}

static int compare_root(const void *what, __float128 candidate)
{
        const double *a = what;

        return sign_of((__float128)*a - candidate * candidate);
}

uint64_t exact_root(double a, struct binary format, enum mode mode, uint64_t nan)
{
        if (a == 0)
                return signbit(a) ? sign_bit(format) : 0;
        if (!(a > 0))
                return nan;
        if (isinf(a))
                return infinity_bits(format);
        return round_magnitude(compare_root, &a, format, mode, false);
}
