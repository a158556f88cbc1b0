#include "runner/answers/check_double.h"

#include <math.h>
#include <stdbool.h>

#include "kernels/check/pattern.h"

#define DEPTH       16u
#define SIGNIFICAND 53u
#define EXPONENTS   64u

/*
 * A product of two wide numbers has all 53 bits, and there is room for one of them: the neighbour
 * takes it back, but for a little. So one operand of a set has pairs, of which one is wide and the
 * others are narrow, and the other operand has the same number beside both of a pair. How many bits
 * the wide numbers have, and those of the other operand:
 */
static const struct form {
        unsigned side; /* that has pairs: 0 is A, 1 is B */
        unsigned wide, other;
} forms[DOUBLE_SETS] = {
        { 0, 53, 0 },
        { 1, 53, 0 },
        { 0, 27, 26 },
        { 1, 27, 26 },
};

/*
 * With the products' full width 2^53: the wide one stays below 15/16 of it, the others' pairs are
 * 2^NARROW smaller, and what is left of a pair is 2^REST smaller, of all 2^11 pairs of a sum.
 */
#define NARROW 9u
#define REST   20u

/* A row of A or a column of B. */
struct line {
        int64_t value[DEPTH];
        int exponent; /* scales all of it */
};

static uint64_t random_number(unsigned set, unsigned tile, unsigned line, unsigned element)
{
        struct pattern_counter counter = { { set, tile, line, element } };

        counter = pattern_philox(counter, 0x646f7562u, 0x6c65736du, PATTERN_PHILOX_ROUNDS);
        return (uint64_t)counter.word[1] << 32 | counter.word[0];
}

/* Of so many bits, the first of them set, and not all of the next four. */
static int64_t wide_number(uint64_t random, unsigned bits)
{
        uint64_t number = random | UINT64_C(1) << (bits - 1);

        if (number >> (bits - 4) == 15)
                number -= UINT64_C(1) << (bits - 4);
        return (int64_t)number;
}

/* Both of a pair: they cancel each other out, but for a little. */
static void make_pair(
        int64_t *pair, const struct form *form, const uint64_t random[3], bool is_wide)
{
        int64_t sign = random[0] & 1 ? -1 : 1;
        int64_t rest = (int64_t)(random[1] >> (64 - form->wide + REST));

        pair[0] = is_wide ? wide_number(random[2] >> (64 - form->wide), form->wide)
                          : (int64_t)(random[2] >> (64 - form->wide + NARROW));
        pair[1] = -(pair[0] ^ rest);
        pair[0] *= sign;
        pair[1] *= sign;
}

/* The same beside both of a pair. */
static void make_other(int64_t *pair, const struct form *form, const uint64_t random[3])
{
        int64_t magnitude =
                form->other ? wide_number(random[2] >> (64 - form->other), form->other) : 1;

        pair[0] = pair[1] = random[0] & 1 ? -magnitude : magnitude;
}

static struct line make_line(unsigned side, unsigned set, unsigned tile, unsigned number)
{
        const struct form *form = &forms[set];
        unsigned wide = (number + 3 * tile) % (DEPTH / 2);
        struct line line;

        for (unsigned k = 0; k < DEPTH; k += 2) {
                uint64_t random[3];

                for (unsigned i = 0; i < 3; i++)
                        random[i] = random_number(set, 2 * tile + side, number, 4 * k + i);
                if (side == form->side)
                        make_pair(line.value + k, form, random, k / 2 == wide);
                else
                        make_other(line.value + k, form, random);
        }
        line.exponent = (int)(number * 7 % EXPONENTS) - (int)EXPONENTS / 2;
        return line;
}

static double value_of(const struct line *line, unsigned k)
{
        return ldexp((double)line->value[k], line->exponent);
}

/* Fragments (PTX ISA, "Matrix fragments for mma.m16n8k16" of .f64). */
static void fill_fragments(unsigned set, double *ret_a, double *ret_b)
{
        for (unsigned n = 0; n < DOUBLE_LEFTS * DOUBLE_A * 32; n++) {
                unsigned lane = n % 32, r = n / 32 % DOUBLE_A, tile = n / 32 / DOUBLE_A;
                struct line line = make_line(0, set, tile, lane / 4 + r % 2 * 8);

                ret_a[n] = value_of(&line, r / 2 * 4 + lane % 4);
        }
        for (unsigned n = 0; n < DOUBLE_RIGHTS * DOUBLE_B * 32; n++) {
                unsigned lane = n % 32, r = n / 32 % DOUBLE_B, tile = n / 32 / DOUBLE_B;
                struct line line = make_line(1, set, tile, lane / 4);

                ret_b[n] = value_of(&line, r * 4 + lane % 4);
        }
}

/* What one step adds to sum (i, j) at a row and a column, times the steps. */
static double sum_of(unsigned set, unsigned i, unsigned j, unsigned row, unsigned column)
{
        int64_t sum = 0;
        int exponent = 0;

        for (unsigned s = 0; s < 4; s++) {
                struct line a = make_line(0, set, DOUBLE_LEFT(i, s), row);
                struct line b = make_line(1, set, DOUBLE_RIGHT(j, s), column);

                for (unsigned k = 0; k < DEPTH; k++)
                        sum += a.value[k] * b.value[k];
                exponent = a.exponent + b.exponent;
        }
        return ldexp((double)(sum * DOUBLE_STEPS), exponent);
}

void known_double(double ret_a[DOUBLE_A_VALUES], double ret_b[DOUBLE_B_VALUES],
        double ret_expected[DOUBLE_SUM_VALUES])
{
        const unsigned sums = DOUBLE_LEFTS * DOUBLE_RIGHTS * DOUBLE_SUMS * 32;

        for (unsigned set = 0; set < DOUBLE_SETS; set++) {
                fill_fragments(set, ret_a + set * (DOUBLE_A_VALUES / DOUBLE_SETS),
                        ret_b + set * (DOUBLE_B_VALUES / DOUBLE_SETS));
                for (unsigned n = 0; n < sums; n++) {
                        unsigned lane = n % 32, r = n / 32 % 4, j = n / 128 % DOUBLE_RIGHTS;

                        ret_expected[set * sums + n] = sum_of(set, n / 128 / DOUBLE_RIGHTS, j,
                                lane / 4 + r / 2 * 8, lane % 4 * 2 + r % 2);
                }
        }
}
