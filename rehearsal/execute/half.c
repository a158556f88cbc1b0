#include "rehearsal/execute/half.h"

#include <math.h>
#include <string.h>

struct format {
        int mantissa; /* bits behind the point */
        int exponent; /* bits */
};

/* Whether what was cut off moves the magnitude up. */
static bool rounds_up(long double rest, bool odd, bool negative, enum rounding round)
{
        switch (round) {
        case ROUND_ZERO:
                return false;
        case ROUND_DOWN:
                return negative && rest > 0;
        case ROUND_UP:
                return !negative && rest > 0;
        case ROUND_AWAY:
                return rest >= 0.5L;
        default:
                return rest > 0.5L || (rest == 0.5L && odd);
        }
}

static bool overflows_to_infinity(bool negative, enum rounding round)
{
        return round == ROUND_UP ? !negative : round == ROUND_DOWN ? negative : round != ROUND_ZERO;
}

/* The magnitude's bits, without the sign. */
static uint64_t encode(long double value, bool negative, struct format format, enum rounding round)
{
        const int lowest = 2 - (1 << (format.exponent - 1)); /* exponent of the smallest normal */
        const uint64_t infinity = ((UINT64_C(1) << format.exponent) - 1) << format.mantissa;
        int exponent;

        if (value == 0)
                return 0;
        if (isinf(value))
                return infinity;
        (void)frexpl(value, &exponent);
        exponent = exponent - 1 < lowest ? lowest : exponent - 1;

        long double scaled = ldexpl(value, format.mantissa - exponent);
        uint64_t whole = (uint64_t)scaled; /* below two to the power of its bits */
        uint64_t digits = whole + rounds_up(scaled - whole, whole & 1, negative, round);
        uint64_t bits = ((uint64_t)(exponent - lowest) << format.mantissa) + digits;

        if (bits >= infinity)
                return overflows_to_infinity(negative, round) ? infinity : infinity - 1;
        return bits;
}

static uint64_t format_from(long double value, struct format format, enum rounding round)
{
        bool negative = signbit(value);
        uint64_t sign = (uint64_t)negative << (format.mantissa + format.exponent);

        return sign | encode(fabsl(value), negative, format, round);
}

uint32_t half_from(long double value, enum rounding round)
{
        return isnan(value) ? 0x7fff
                            : (uint32_t)format_from(value, (struct format){ 10, 5 }, round);
}

uint32_t brain_from(long double value, enum rounding round)
{
        return isnan(value) ? 0x7fff : (uint32_t)format_from(value, (struct format){ 7, 8 }, round);
}

uint32_t tf32_from(long double value, enum rounding round)
{
        return (uint32_t)format_from(value, (struct format){ 10, 8 }, round) << 13;
}

static float float_from_bits(uint32_t bits)
{
        float value;

        memcpy(&value, &bits, sizeof(value));
        return value;
}

float half_to(uint64_t bits)
{
        uint32_t exponent = bits >> 10 & 31, mantissa = bits & 0x3ff;
        uint32_t sign = (bits & 0x8000) << 16;

        if (exponent == 31)
                return float_from_bits(sign | 0x7f800000 | mantissa << 13);
        if (exponent)
                return float_from_bits(sign | (exponent + 112) << 23 | mantissa << 13);

        float magnitude = (float)mantissa * 0x1p-24f;

        return sign ? -magnitude : magnitude;
}

float brain_to(uint64_t bits)
{
        return float_from_bits((uint32_t)(bits & 0xffff) << 16);
}

/* The x87 format shows its whole mantissa in the first eight bytes. */
static long double with_odd_mantissa(long double value)
{
        uint64_t mantissa;

        memcpy(&mantissa, &value, sizeof(mantissa));
        mantissa |= 1;
        memcpy(&value, &mantissa, sizeof(mantissa));
        return value;
}

long double sum_to_odd(long double a, long double b)
{
        volatile long double sum = a + b; /* Knuth's exact sum: sum + rest == a + b */
        volatile long double b_part = sum - a;
        volatile long double a_part = sum - b_part;
        long double rest = (a - a_part) + (b - b_part);

        if (!isfinite(sum) || rest == 0)
                return sum;
        if (signbit(rest) != signbit(sum)) /* rounded away from zero: cut off instead */
                sum = nextafterl(sum, 0);
        return with_odd_mantissa(sum);
}
