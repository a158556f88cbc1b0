#include "runner/answers/check_line.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "kernels/check/pattern.h"
#include "kernels/check/tensor.h"

#define ROW_BYTES 32u

uint32_t known_random(unsigned set, unsigned tile, unsigned line, unsigned element)
{
        struct pattern_counter counter = { { set, tile, line, element } };

        return pattern_philox(counter, 0x464f5245u, 0x53544147u, PATTERN_PHILOX_ROUNDS).word[0];
}

/*
 * Largest magnitudes of the wide and the narrow operand. All bits of the wide one's significand
 * are used; depth * 4 * TENSOR_STEPS * wide * narrow stays below 2^24 (int8: 2^31).
 *
 * Of eight-bit floating point, sums on Hopper have room for 2^13 only: there every second tile
 * takes back what the one before has added, but for one product of each sum.
 */
static const struct form {
        unsigned bytes; /* of an element */
        int wide, narrow;
        int lowest, exponents; /* rows and columns are scaled by 2^lowest and so many, fp only */
        unsigned fraction;     /* bits of the significand that are stored */
        uint32_t bias;
        bool opposed; /* tiles 1 and 3 take back */
} forms[KNOWN_TYPES] = {
        [KNOWN_BF16] = { 2, 255, 16, 0, 32, 7, 127, false },
        [KNOWN_FP16] = { 2, 2047, 2, 0, 4, 10, 15, false },
        [KNOWN_TF32] = { 4, 2047, 3, 0, 32, 23, 127, false },
        [KNOWN_INT8] = { 1, 127, 127, 0, 1, 0, 0, false },
        [KNOWN_E4M3] = { 1, 15, 15, -6, 11, 3, 7, true },
        [KNOWN_E5M2] = { 1, 7, 7, -14, 28, 2, 15, true },
};

unsigned known_depth(enum known_type type)
{
        return ROW_BYTES / forms[type].bytes;
}

/* Of B the negative; of A the same, but for one element, which is nearer to 0 by one, or is 1. */
static struct known_line opposite(
        enum known_type type, struct known_line line, unsigned side, unsigned number)
{
        int *one = &line.value[number % known_depth(type)];

        if (side == 0)
                *one += *one > 0 ? -1 : 1;
        for (unsigned k = 0; side == 1 && k < known_depth(type); k++)
                line.value[k] = -line.value[k];
        return line;
}

struct known_line known_line(
        enum known_type type, unsigned side, unsigned set, unsigned tile, unsigned number)
{
        const struct form *form = &forms[type];
        int most = side == set ? form->wide : form->narrow;
        struct known_line line;

        if (form->opposed && tile % 2)
                return opposite(type, known_line(type, side, set, tile - 1, number), side, number);
        for (unsigned k = 0; k < known_depth(type); k++)
                line.value[k] = (int)(known_random(set, 2 * tile + side, number, k) %
                                        (2u * (unsigned)most + 1)) -
                                most;
        line.exponent = form->lowest + (int)(number * 7u % (unsigned)form->exponents);
        return line;
}

/* Of a number that is exact in the type: no rounding happens. */
static uint32_t encode(enum known_type type, int value, int exponent)
{
        const struct form *form = &forms[type];
        float real = ldexpf((float)value, exponent);
        uint32_t bits, sign, magnitude;

        if (type == KNOWN_INT8)
                return (uint8_t)value;
        memcpy(&bits, &real, sizeof(bits));
        sign = bits >> 31 << (8 * form->bytes - 1);
        magnitude = bits & 0x7fffffffu;
        if (magnitude == 0)
                return sign;
        return sign | (magnitude - ((127 - form->bias) << 23)) >> (23 - form->fraction);
}

uint32_t known_sum(enum known_type type, int64_t sum, int exponent)
{
        float real = ldexpf((float)sum, exponent);
        uint32_t bits;

        if (type == KNOWN_INT8)
                return (uint32_t)(int32_t)sum;
        memcpy(&bits, &real, sizeof(bits));
        return bits;
}

int64_t known_dot(enum known_type type, const struct known_line *a, const struct known_line *b)
{
        int64_t sum = 0;

        for (unsigned k = 0; k < known_depth(type); k++)
                sum += (int64_t)a->value[k] * b->value[k];
        return sum;
}

uint32_t known_word(enum known_type type, const struct known_line *line, unsigned word)
{
        unsigned bytes = forms[type].bytes, count = 4 / bytes;
        uint32_t result = 0;

        for (unsigned i = 0; i < count; i++)
                result |= encode(type, line->value[word * count + i], line->exponent)
                          << (8 * bytes * i % 32);
        return result;
}
