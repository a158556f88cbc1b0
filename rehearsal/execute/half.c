#include "rehearsal/execute/half.h"

#include <math.h>
#include <string.h>

struct format {
        int mantissa; /* bits behind the point */
        int exponent; /* bits */
};

/* What is cut off, in the last place that stays. */
enum rest { REST_NONE, REST_BELOW_HALF, REST_HALF, REST_ABOVE_HALF };

/* Whether what was cut off moves the magnitude up. */
static bool rounds_up(enum rest rest, bool odd, bool negative, enum rounding round)
{
        switch (round) {
        case ROUND_ZERO:
                return false;
        case ROUND_DOWN:
                return negative && rest != REST_NONE;
        case ROUND_UP:
                return !negative && rest != REST_NONE;
        case ROUND_AWAY:
                return rest >= REST_HALF;
        default:
                return rest == REST_ABOVE_HALF || (rest == REST_HALF && odd);
        }
}

static bool overflows_to_infinity(bool negative, enum rounding round)
{
        return round == ROUND_UP ? !negative : round == ROUND_DOWN ? negative : round != ROUND_ZERO;
}

/* Takes the low bits away from a number that is not zero. */
static uint64_t cut(uint64_t bits, int count, enum rest *ret_rest)
{
        if (count > 64) {
                *ret_rest = REST_BELOW_HALF;
                return 0;
        }

        const uint64_t half = UINT64_C(1) << (count - 1), rest = bits & (half - 1 + half);

        *ret_rest = rest > half    ? REST_ABOVE_HALF
                    : rest == half ? REST_HALF
                    : rest         ? REST_BELOW_HALF
                                   : REST_NONE;
        return count == 64 ? 0 : bits >> count;
}

/* A number: 64 bits of mantissa, of which the first is before the point unless it is tiny, times
 * two to the exponent. */
struct parts {
        uint64_t mantissa;
        int exponent;
        bool is_negative, is_infinite;
};

/* The x87 format has just this. */
static struct parts parts_of_long(long double value)
{
        uint64_t mantissa;
        uint16_t exponent;

        memcpy(&mantissa, &value, sizeof(mantissa));
        memcpy(&exponent, (const char *)&value + sizeof(mantissa), sizeof(exponent));
        return (struct parts){ .mantissa = mantissa,
                .exponent = (exponent & 0x7fff) - 0x3fff,
                .is_negative = exponent >> 15,
                .is_infinite = (exponent & 0x7fff) == 0x7fff };
}

static struct parts parts_of_double(double value)
{
        uint64_t bits;
        int exponent;

        memcpy(&bits, &value, sizeof(bits));
        exponent = bits >> 52 & 0x7ff;
        return (struct parts){ .mantissa = bits << 11 | (exponent ? UINT64_C(1) << 63 : 0),
                .exponent = exponent - 0x3ff,
                .is_negative = bits >> 63,
                .is_infinite = exponent == 0x7ff };
}

/* The magnitude's bits, without the sign. */
static uint64_t encode(struct parts value, struct format format, enum rounding round)
{
        const int lowest = 2 - (1 << (format.exponent - 1)); /* exponent of the smallest normal */
        const uint64_t infinity = ((UINT64_C(1) << format.exponent) - 1) << format.mantissa;
        int below = value.exponent < lowest ? lowest - value.exponent : 0;
        enum rest rest;

        if (value.mantissa == 0)
                return 0;
        if (value.is_infinite)
                return infinity;

        uint64_t whole = cut(value.mantissa, 63 - format.mantissa + below, &rest);
        uint64_t digits = whole + rounds_up(rest, whole & 1, value.is_negative, round);
        uint64_t bits = ((uint64_t)(value.exponent + below - lowest) << format.mantissa) + digits;

        if (bits >= infinity)
                return overflows_to_infinity(value.is_negative, round) ? infinity : infinity - 1;
        return bits;
}

static uint32_t format_from(struct parts value, struct format format, enum rounding round)
{
        uint32_t sign = (uint32_t)value.is_negative << (format.mantissa + format.exponent);

        return sign | (uint32_t)encode(value, format, round);
}

static const struct format half = { 10, 5 }, brain = { 7, 8 }, tensor = { 10, 8 };

uint32_t half_from(long double value, enum rounding round)
{
        return value != value ? 0x7fff : format_from(parts_of_long(value), half, round);
}

uint32_t brain_from(long double value, enum rounding round)
{
        return value != value ? 0x7fff : format_from(parts_of_long(value), brain, round);
}

uint32_t half_from_double(double value)
{
        return value != value ? 0x7fff : format_from(parts_of_double(value), half, ROUND_NEAREST);
}

uint32_t brain_from_double(double value)
{
        return value != value ? 0x7fff : format_from(parts_of_double(value), brain, ROUND_NEAREST);
}

uint32_t tf32_from(long double value, enum rounding round)
{
        return format_from(parts_of_long(value), tensor, round) << 13;
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

static double with_odd_mantissa(double value)
{
        uint64_t bits;

        memcpy(&bits, &value, sizeof(bits));
        bits |= 1;
        memcpy(&value, &bits, sizeof(bits));
        return value;
}

double sum_to_odd(double a, double b)
{
        double sum = a + b; /* Knuth's exact sum: sum + rest == a + b */
        double b_part = sum - a;
        double a_part = sum - b_part;
        double rest = (a - a_part) + (b - b_part);

        if (!isfinite(sum) || rest == 0)
                return sum;
        if (signbit(rest) != signbit(sum)) /* rounded away from zero: cut off instead */
                sum = nextafter(sum, 0);
        return with_odd_mantissa(sum);
}
