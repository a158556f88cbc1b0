#include "runner/answers/check_known.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "kernels/check/pattern.h"

#define MMA_ROWS    16u
#define MMA_COLUMNS 8u
#define ROW_BYTES   32u
#define MAX_DEPTH   32u
#define ROWS        64u  /* of a wgmma tile */
#define COLUMNS     256u /* of a wgmma tile */

/* --- the logistic map --- */

#define CHAOS(type, fused)                                                        \
        /* below 1/2: x and 1 - x go the same way */                              \
        for (unsigned i = 0; i < KNOWN_CHAOS_VALUES; i++) {                       \
                type x = (type)(i + 1) / (type)(2 * KNOWN_CHAOS_VALUES + 4);      \
                seed[i] = x;                                                      \
                for (unsigned step = 0; step < CHAOS_STEPS; step++)               \
                        x = fused(fused(-x, x, x), (type)CHAOS_R, (type)CHAOS_D); \
                ret_expected[i] = x;                                              \
        }

/*
 * Each twice: with the processor's own instruction, and with the library's way, which is ten times
 * slower. Not target_clones: clang 14 makes a symbol for it that nobody else can call.
 */
#define CHAOS_BOTH(name, type, fused)                                                         \
        __attribute__((target("fma"))) static void name##_fma(type *seed, type *ret_expected) \
        {                                                                                     \
                CHAOS(type, fused)                                                            \
        }                                                                                     \
        static void name##_library(type *seed, type *ret_expected)                            \
        {                                                                                     \
                CHAOS(type, fused)                                                            \
        }

CHAOS_BOTH(chaos_fp32, float, __builtin_fmaf)
CHAOS_BOTH(chaos_fp64, double, __builtin_fma)

void known_chaos_fp32(float seed[KNOWN_CHAOS_VALUES], float ret_expected[KNOWN_CHAOS_VALUES])
{
        if (__builtin_cpu_supports("fma"))
                chaos_fp32_fma(seed, ret_expected);
        else
                chaos_fp32_library(seed, ret_expected);
}

void known_chaos_fp64(double seed[KNOWN_CHAOS_VALUES], double ret_expected[KNOWN_CHAOS_VALUES])
{
        if (__builtin_cpu_supports("fma"))
                chaos_fp64_fma(seed, ret_expected);
        else
                chaos_fp64_library(seed, ret_expected);
}

/* Words that look random, by four numbers. */
static uint32_t random_word(unsigned set, unsigned tile, unsigned line, unsigned element)
{
        struct pattern_counter counter = { { set, tile, line, element } };

        return pattern_philox(counter, 0x464f5245u, 0x53544147u, PATTERN_PHILOX_ROUNDS).word[0];
}

/* --- integers --- */

void known_integer(
        uint32_t ret_seed[KNOWN_INTEGER_VALUES], uint32_t ret_expected[KNOWN_INTEGER_VALUES])
{
        for (unsigned thread = 0; thread < INTEGER_THREADS; thread++) {
                unsigned x[INTEGER_CHAINS];

                for (unsigned c = 0; c < INTEGER_CHAINS; c++) {
                        x[c] = random_word(0, 0, thread, c);
                        ret_seed[c * INTEGER_THREADS + thread] = x[c];
                }
                for (unsigned step = 0; step < INTEGER_STEPS; step++)
                        integer_step(x);
                for (unsigned c = 0; c < INTEGER_CHAINS; c++)
                        ret_expected[c * INTEGER_THREADS + thread] = x[c];
        }
}

/* --- whole numbers for the tensor cores --- */

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

/* A row of A or a column of B: `exponent` scales all of it. */
struct line {
        int value[MAX_DEPTH];
        int exponent;
};

/* Of B the negative; of A the same, but for one element, which is nearer to 0 by one, or is 1. */
static struct line opposite(enum known_type type, struct line line, unsigned side, unsigned number)
{
        int *one = &line.value[number % known_depth(type)];

        if (side == 0)
                *one += *one > 0 ? -1 : 1;
        for (unsigned k = 0; side == 1 && k < known_depth(type); k++)
                line.value[k] = -line.value[k];
        return line;
}

/* `side` is 0 for A and 1 for B; set 0 has a wide A, set 1 a wide B. */
static struct line make_line(
        enum known_type type, unsigned side, unsigned set, unsigned tile, unsigned number)
{
        const struct form *form = &forms[type];
        int most = side == set ? form->wide : form->narrow;
        struct line line;

        if (form->opposed && tile % 2)
                return opposite(type, make_line(type, side, set, tile - 1, number), side, number);
        for (unsigned k = 0; k < known_depth(type); k++)
                line.value[k] = (int)(random_word(set, 2 * tile + side, number, k) %
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

static uint32_t encode_sum(enum known_type type, int64_t sum, int exponent)
{
        float real = ldexpf((float)sum, exponent);
        uint32_t bits;

        if (type == KNOWN_INT8)
                return (uint32_t)(int32_t)sum;
        memcpy(&bits, &real, sizeof(bits));
        return bits;
}

static int64_t dot(enum known_type type, const struct line *a, const struct line *b)
{
        int64_t sum = 0;

        for (unsigned k = 0; k < known_depth(type); k++)
                sum += (int64_t)a->value[k] * b->value[k];
        return sum;
}

/* The word that holds bytes 4 * `word` on of a line of 32 bytes. */
static uint32_t word_of(enum known_type type, const struct line *line, unsigned word)
{
        unsigned bytes = forms[type].bytes, count = 4 / bytes;
        uint32_t result = 0;

        for (unsigned i = 0; i < count; i++)
                result |= encode(type, line->value[word * count + i], line->exponent)
                          << (8 * bytes * i % 32);
        return result;
}

/* --- fragments of mma.sync (PTX ISA, "Matrix fragments"): alike for all types, seen in words ---
 */

/* Lane l has row l / 4 (and 8 more) and the words l % 4 (and 4 more) of a row of A. */
static void fill_fragments(
        enum known_type type, unsigned set, unsigned tile, uint32_t *ret_a, uint32_t *ret_b)
{
        for (unsigned lane = 0; lane < 32; lane++) {
                for (unsigned r = 0; r < 4; r++) {
                        struct line line =
                                make_line(type, 0, set, tile, lane / 4 + (r % 2 ? 8 : 0));

                        ret_a[((set * 4 + tile) * 4 + r) * 32 + lane] =
                                word_of(type, &line, lane % 4 + (r / 2 ? 4 : 0));
                }
                for (unsigned r = 0; r < 2; r++) {
                        struct line line = make_line(type, 1, set, tile, lane / 4);

                        ret_b[((set * 4 + tile) * 2 + r) * 32 + lane] =
                                word_of(type, &line, lane % 4 + (r ? 4 : 0));
                }
        }
}

/* What one step adds to sum (i, j) at a row and a column, times the steps. */
static uint32_t mma_sum(
        enum known_type type, unsigned set, unsigned i, unsigned j, unsigned row, unsigned column)
{
        int64_t sum = 0;
        int exponent = 0;

        for (unsigned s = 0; s < 4; s++) {
                struct line a = make_line(type, 0, set, TENSOR_LEFT(i, s), row);
                struct line b = make_line(type, 1, set, TENSOR_RIGHT(j, s), column);

                sum += dot(type, &a, &b);
                exponent = a.exponent + b.exponent;
        }
        return encode_sum(type, sum * TENSOR_STEPS, exponent);
}

void known_mma(enum known_type type, uint32_t ret_a[KNOWN_MMA_A], uint32_t ret_b[KNOWN_MMA_B],
        uint32_t ret_expected[KNOWN_MMA_EXPECTED])
{
        for (unsigned n = 0; n < TENSOR_SETS * 4; n++)
                fill_fragments(type, n / 4, n % 4, ret_a, ret_b);
        for (unsigned n = 0; n < KNOWN_MMA_EXPECTED; n++) {
                unsigned lane = n % 32, r = n / 32 % 4, j = n / 128 % 4, i = n / 512 % 4;

                ret_expected[n] = mma_sum(
                        type, n / 2048, i, j, lane / 4 + (r / 2 ? 8 : 0), lane % 4 * 2 + r % 2);
        }
}

/* --- tiles of wgmma: core matrices of 8 lines of 16 bytes, two of them along the depth --- */

static void fill_tile(
        enum known_type type, unsigned side, unsigned set, unsigned tile, uint32_t *ret_words)
{
        unsigned lines = side ? COLUMNS : ROWS;

        for (unsigned number = 0; number < lines; number++) {
                struct line line = make_line(type, side, set, tile, number);

                for (unsigned word = 0; word < 8; word++)
                        ret_words[number / 8 * 64 + word / 4 * 32 + number % 8 * 4 + word % 4] =
                                word_of(type, &line, word);
        }
}

static void fill_sums(enum known_type type, unsigned set, uint32_t *ret_expected)
{
        static struct line a[WGMMA_TILES][ROWS], b[WGMMA_TILES][COLUMNS];

        for (unsigned tile = 0; tile < WGMMA_TILES; tile++) {
                for (unsigned i = 0; i < ROWS; i++)
                        a[tile][i] = make_line(type, 0, set, tile, i);
                for (unsigned i = 0; i < COLUMNS; i++)
                        b[tile][i] = make_line(type, 1, set, tile, i);
        }
        for (unsigned n = 0; n < WGMMA_SUMS * 128; n++) {
                unsigned thread = n % 128, r = n / 128, lane = thread % 32;
                unsigned row = thread / 32 * 16 + lane / 4 + (r / 2 % 2 ? 8 : 0);
                unsigned column = r / 4 * 8 + lane % 4 * 2 + r % 2;
                int64_t sum = 0;

                for (unsigned tile = 0; tile < WGMMA_TILES; tile++)
                        sum += dot(type, &a[tile][row], &b[tile][column]);
                ret_expected[n] = encode_sum(
                        type, sum * TENSOR_STEPS, a[0][row].exponent + b[0][column].exponent);
        }
}

void known_wgmma(enum known_type type, uint32_t ret_a[KNOWN_WGMMA_A], uint32_t ret_b[KNOWN_WGMMA_B],
        uint32_t ret_expected[KNOWN_WGMMA_EXPECTED])
{
        for (unsigned n = 0; n < TENSOR_SETS * WGMMA_TILES; n++) {
                fill_tile(type, 0, n / WGMMA_TILES, n % WGMMA_TILES, ret_a + n * WGMMA_A_BYTES / 4);
                fill_tile(type, 1, n / WGMMA_TILES, n % WGMMA_TILES, ret_b + n * WGMMA_B_BYTES / 4);
        }
        for (unsigned set = 0; set < TENSOR_SETS; set++)
                fill_sums(type, set, ret_expected + set * WGMMA_SUMS * 128);
}
