#include "runner/answers/check_known.h"

#define ROWS    64u  /* of a wgmma tile */
#define COLUMNS 256u /* of a wgmma tile */

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

/* --- integers --- */

void known_integer(
        uint32_t ret_seed[KNOWN_INTEGER_VALUES], uint32_t ret_expected[KNOWN_INTEGER_VALUES])
{
        for (unsigned thread = 0; thread < INTEGER_THREADS; thread++) {
                unsigned x[INTEGER_CHAINS];

                for (unsigned c = 0; c < INTEGER_CHAINS; c++) {
                        x[c] = known_random(0, 0, thread, c);
                        ret_seed[c * INTEGER_THREADS + thread] = x[c];
                }
                for (unsigned step = 0; step < INTEGER_STEPS; step++)
                        integer_step(x);
                for (unsigned c = 0; c < INTEGER_CHAINS; c++)
                        ret_expected[c * INTEGER_THREADS + thread] = x[c];
        }
}

/* --- fragments of mma.sync (PTX ISA, "Matrix fragments"): alike for all types, seen in words ---
 */

/* Lane l has row l / 4 (and 8 more) and the words l % 4 (and 4 more) of a row of A. */
static void fill_fragments(
        enum known_type type, unsigned set, unsigned tile, uint32_t *ret_a, uint32_t *ret_b)
{
        for (unsigned lane = 0; lane < 32; lane++) {
                for (unsigned r = 0; r < 4; r++) {
                        struct known_line line =
                                known_line(type, 0, set, tile, lane / 4 + (r % 2 ? 8 : 0));

                        ret_a[((set * 4 + tile) * 4 + r) * 32 + lane] =
                                known_word(type, &line, lane % 4 + (r / 2 ? 4 : 0));
                }
                for (unsigned r = 0; r < 2; r++) {
                        struct known_line line = known_line(type, 1, set, tile, lane / 4);

                        ret_b[((set * 4 + tile) * 2 + r) * 32 + lane] =
                                known_word(type, &line, lane % 4 + (r ? 4 : 0));
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
                struct known_line a = known_line(type, 0, set, TENSOR_LEFT(i, s), row);
                struct known_line b = known_line(type, 1, set, TENSOR_RIGHT(j, s), column);

                sum += known_dot(type, &a, &b);
                exponent = a.exponent + b.exponent;
        }
        return known_sum(type, sum * TENSOR_STEPS, exponent);
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
                struct known_line line = known_line(type, side, set, tile, number);

                for (unsigned word = 0; word < 8; word++)
                        ret_words[number / 8 * 64 + word / 4 * 32 + number % 8 * 4 + word % 4] =
                                known_word(type, &line, word);
        }
}

static void fill_sums(enum known_type type, unsigned set, uint32_t *ret_expected)
{
        static struct known_line a[WGMMA_TILES][ROWS], b[WGMMA_TILES][COLUMNS];

        for (unsigned tile = 0; tile < WGMMA_TILES; tile++) {
                for (unsigned i = 0; i < ROWS; i++)
                        a[tile][i] = known_line(type, 0, set, tile, i);
                for (unsigned i = 0; i < COLUMNS; i++)
                        b[tile][i] = known_line(type, 1, set, tile, i);
        }
        for (unsigned n = 0; n < WGMMA_SUMS * 128; n++) {
                unsigned thread = n % 128, r = n / 128, lane = thread % 32;
                unsigned row = thread / 32 * 16 + lane / 4 + (r / 2 % 2 ? 8 : 0);
                unsigned column = r / 4 * 8 + lane % 4 * 2 + r % 2;
                int64_t sum = 0;

                for (unsigned tile = 0; tile < WGMMA_TILES; tile++)
                        sum += known_dot(type, &a[tile][row], &b[tile][column]);
                ret_expected[n] = known_sum(
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
