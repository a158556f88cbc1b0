#include "runner/answers/check_sparse.h"

#define TYPE    KNOWN_FP16
#define ROWS    64u  /* of a wgmma tile */
#define COLUMNS 256u /* of a wgmma tile */

/* --- which elements of A are there --- */

/* Two bits for each of two elements of four, the lower one first. */
static unsigned pattern_of(unsigned set, unsigned tile, unsigned row, unsigned group)
{
        static const unsigned char patterns[SPARSE_PATTERNS] = { 0x4, 0x8, 0xc, 0x9, 0xd, 0xe };

        return patterns[(4 * set + tile + row + 5 * group) % SPARSE_PATTERNS];
}

/*
 * Lanes 4g to 4g + 3 of a warp have rows g and g + 8 of its 16. Of them, those of the even tiles
 * are told by the first two, of the odd ones by the last two: one has columns 0 to 15, the other 16
 * to 31, row g in the lower half of the word and row g + 8 in the upper. The lanes that are not
 * asked tell the same of the next tile.
 */
static uint32_t places_of(unsigned set, unsigned tile, unsigned thread)
{
        unsigned lane = thread % 32, row = thread / 32 * 16 + lane / 4, half = lane % 2;
        unsigned told = tile + (lane % 4 / 2 != tile % 2);
        uint32_t word = 0;

        for (unsigned i = 0; i < SPARSE_GROUPS; i++)
                word |= (uint32_t)pattern_of(set, told, row + 8 * (i / 4), 4 * half + i % 4)
                        << 4 * i;
        return word;
}

/* --- B, whose columns are two lines one behind the other --- */

static struct known_line part_of_b(unsigned set, unsigned tile, unsigned part, unsigned column)
{
        return known_line(TYPE, 1, set, 2 * tile + part, column);
}

static uint32_t word_of_b(unsigned set, unsigned tile, unsigned column, unsigned word)
{
        struct known_line line = part_of_b(set, tile, word / 8, column);

        return known_word(TYPE, &line, word % 8);
}

/* What tile `left` of A at a row, and a column of B, add to a sum. */
static int64_t product(const struct known_line *a, const struct known_line b[2], unsigned set,
        unsigned left, unsigned row)
{
        int64_t sum = 0;

        for (unsigned k = 0; k < SPARSE_DEPTH / 2; k++) {
                unsigned group = k / 2, shift = 2 * (k % 2);
                unsigned at = 4 * group + (pattern_of(set, left, row, group) >> shift & 3);

                sum += (int64_t)a->value[k] * b[at / 16].value[at % 16];
        }
        return sum;
}

/* --- mma.sp --- */

static void fill_fragments(unsigned set, unsigned tile, uint32_t *ret_a, uint32_t *ret_b)
{
        for (unsigned lane = 0; lane < 32; lane++) {
                for (unsigned r = 0; r < 4; r++) {
                        struct known_line line =
                                known_line(TYPE, 0, set, tile, lane / 4 + (r % 2 ? 8 : 0));

                        ret_a[((set * 4 + tile) * 4 + r) * 32 + lane] =
                                known_word(TYPE, &line, lane % 4 + (r / 2 ? 4 : 0));
                        ret_b[((set * 4 + tile) * 4 + r) * 32 + lane] =
                                word_of_b(set, tile, lane / 4, lane % 4 + 4 * r);
                }
        }
}

static uint32_t mma_sum(unsigned set, unsigned i, unsigned j, unsigned row, unsigned column)
{
        int64_t sum = 0;
        int exponent = 0;

        for (unsigned s = 0; s < 4; s++) {
                unsigned left = TENSOR_LEFT(i, s), right = TENSOR_RIGHT(j, s);
                struct known_line a = known_line(TYPE, 0, set, left, row);
                struct known_line b[2] = { part_of_b(set, right, 0, column),
                        part_of_b(set, right, 1, column) };

                sum += product(&a, b, set, left, row);
                exponent = a.exponent + b[0].exponent;
        }
        return known_sum(TYPE, sum * TENSOR_STEPS, exponent);
}

void known_sparse_mma(uint32_t ret_a[SPARSE_MMA_A], uint32_t ret_b[SPARSE_MMA_B],
        uint32_t ret_expected[KNOWN_MMA_EXPECTED], uint32_t ret_places[SPARSE_MMA_PLACES])
{
        for (unsigned n = 0; n < TENSOR_SETS * 4; n++)
                fill_fragments(n / 4, n % 4, ret_a, ret_b);
        for (unsigned n = 0; n < SPARSE_MMA_PLACES; n++)
                ret_places[n] = places_of(n / 128, n / 32 % 4, n % 32);
        for (unsigned n = 0; n < KNOWN_MMA_EXPECTED; n++) {
                unsigned lane = n % 32, r = n / 32 % 4, j = n / 128 % 4, i = n / 512 % 4;

                ret_expected[n] =
                        mma_sum(n / 2048, i, j, lane / 4 + (r / 2 ? 8 : 0), lane % 4 * 2 + r % 2);
        }
}

/* --- wgmma: core matrices of 8 lines of 16 bytes, as many of them as the line is deep --- */

static void fill_tile_a(unsigned set, unsigned tile, uint32_t *ret_words)
{
        for (unsigned n = 0; n < ROWS * 8; n++) {
                unsigned row = n / 8, word = n % 8;
                struct known_line line = known_line(TYPE, 0, set, tile, row);

                ret_words[row / 8 * 64 + word / 4 * 32 + row % 8 * 4 + word % 4] =
                        known_word(TYPE, &line, word);
        }
}

static void fill_tile_b(unsigned set, unsigned tile, uint32_t *ret_words)
{
        for (unsigned n = 0; n < COLUMNS * 16; n++) {
                unsigned column = n / 16, word = n % 16;

                ret_words[column / 8 * 128 + word / 4 * 32 + column % 8 * 4 + word % 4] =
                        word_of_b(set, tile, column, word);
        }
}

static void fill_sums(unsigned set, uint32_t *ret_expected)
{
        static struct known_line a[WGMMA_TILES][ROWS], b[SPARSE_B_TILES][COLUMNS][2];

        for (unsigned n = 0; n < WGMMA_TILES * ROWS; n++)
                a[n / ROWS][n % ROWS] = known_line(TYPE, 0, set, n / ROWS, n % ROWS);
        for (unsigned n = 0; n < SPARSE_B_TILES * COLUMNS * 2; n++)
                b[n / 2 / COLUMNS][n / 2 % COLUMNS][n % 2] =
                        part_of_b(set, n / 2 / COLUMNS, n % 2, n / 2 % COLUMNS);
        for (unsigned n = 0; n < WGMMA_SUMS * 128; n++) {
                unsigned thread = n % 128, r = n / 128, lane = thread % 32;
                unsigned row = thread / 32 * 16 + lane / 4 + (r / 2 % 2 ? 8 : 0);
                unsigned column = r / 4 * 8 + lane % 4 * 2 + r % 2;
                int64_t sum = 0;

                for (unsigned tile = 0; tile < WGMMA_TILES; tile++)
                        sum += product(
                                &a[tile][row], b[tile % SPARSE_B_TILES][column], set, tile, row);
                ret_expected[n] = known_sum(
                        TYPE, sum * TENSOR_STEPS, a[0][row].exponent + b[0][column][0].exponent);
        }
}

void known_sparse_wgmma(uint32_t ret_a[KNOWN_WGMMA_A], uint32_t ret_b[KNOWN_WGMMA_B],
        uint32_t ret_expected[KNOWN_WGMMA_EXPECTED], uint32_t ret_places[SPARSE_WGMMA_PLACES])
{
        for (unsigned n = 0; n < TENSOR_SETS * WGMMA_TILES; n++)
                fill_tile_a(n / WGMMA_TILES, n % WGMMA_TILES, ret_a + n * (WGMMA_A_BYTES / 4));
        for (unsigned n = 0; n < TENSOR_SETS * SPARSE_B_TILES; n++)
                fill_tile_b(
                        n / SPARSE_B_TILES, n % SPARSE_B_TILES, ret_b + n * (SPARSE_B_BYTES / 4));
        for (unsigned n = 0; n < SPARSE_WGMMA_PLACES; n++)
                ret_places[n] = places_of(n / 512, n / 128 % WGMMA_TILES, n % 128);
        for (unsigned set = 0; set < TENSOR_SETS; set++)
                fill_sums(set, ret_expected + set * WGMMA_SUMS * 128);
}
