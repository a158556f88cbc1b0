/*
 * Known answers that the CPU has a way of its own to: packed half precision, sparse products, and
 * the code that tests the caches of instructions.
 */
#include "tests/unit/tap.h"

#include <math.h>
#include <stdio.h>

#include "runner/answers/check_code.h"
#include "runner/answers/check_half.h"
#include "runner/answers/check_sparse.h"

/* --- packed half precision, as IEEE 754 has it --- */

/* A normal number of half precision. */
static double half_value(uint32_t bits)
{
        int exponent = (int)(bits >> 10 & 31);

        assert_in_range(exponent, 1, 30);
        return (bits & 0x8000 ? -1.0 : 1.0) * ldexp(1024 + (bits & 1023), exponent - 25);
}

/* a * b + c, rounded once to eleven bits; the sum is exact before, and never between two numbers.
 */
static double half_fma(double a, double b, double c)
{
        double exact = a * b + c, scaled;
        int exponent;

        frexp(exact, &exponent);
        scaled = ldexp(exact, 11 - exponent);
        assert_true(fabs(scaled - trunc(scaled)) != 0.5);
        return ldexp(nearbyint(scaled), exponent - 11);
}

struct chain {
        double x[3], a;
};

static struct chain chain_of(const uint32_t *seed, unsigned thread, unsigned number, unsigned half)
{
        struct chain chain;

        for (unsigned i = 0; i < 3; i++)
                chain.x[i] = half_value(
                        seed[(3 * number + i) * HALF_THREADS + thread] >> 16 * half & 0xffff);
        chain.a = half_value(HALF_ENCODED(number, half));
        assert_true(chain.a == ldexp(HALF_FACTOR(number, half), -HALF_SHARE));
        return chain;
}

/* What every number is one of the 1024 of: its exponent, which it has to keep. */
static int scale_of(double x)
{
        int exponent;

        frexp(x, &exponent);
        return exponent;
}

static void half_step(struct chain *chain, int scale)
{
        for (unsigned i = 0; i < 3; i++) {
                double *x = &chain->x[i];

                *x = half_fma(chain->a, chain->x[(i + 1) % 3], *x);
                assert_int_equal(scale_of(*x), scale);
                *x = half_fma(-chain->a, chain->x[(i + 2) % 3], *x);
                assert_int_equal(scale_of(*x), scale);
        }
}

static void half_chains(void **state)
{
        static uint32_t seed[KNOWN_HALF_VALUES], expected[KNOWN_HALF_VALUES];
        uint32_t ones = 0, zeroes = 0;

        (void)state;
        known_half(seed, expected);
        for (unsigned n = 0; n < HALF_THREADS * HALF_CHAINS * 2; n++) {
                unsigned thread = n / 8, number = n / 2 % 4, half = n % 2;
                struct chain chain = chain_of(seed, thread, number, half);
                int scale = scale_of(chain.x[0]);

                for (unsigned step = 0; step < HALF_STEPS; step++)
                        half_step(&chain, scale);
                for (unsigned i = 0; i < 3; i++) {
                        uint32_t word = expected[(3 * number + i) * HALF_THREADS + thread];

                        assert_true(chain.x[i] == half_value(word >> 16 * half & 0xffff));
                        ones |= word;
                        zeroes |= ~word;
                }
        }
        assert_int_equal(ones & zeroes, UINT32_MAX);
}

/* A wrong bit of any number stays to the end. */
static void half_chains_keep_errors(void **state)
{
        static uint32_t seed[KNOWN_HALF_VALUES], expected[KNOWN_HALF_VALUES];

        (void)state;
        known_half(seed, expected);
        for (unsigned n = 0; n < HALF_THREADS * HALF_CHAINS * 2; n += 7) {
                unsigned thread = n / 8, number = n / 2 % 4, half = n % 2;
                struct chain right = chain_of(seed, thread, number, half), wrong = right;
                int scale = scale_of(right.x[0]);
                double one = ldexp(1, scale - 11);

                wrong.x[n % 3] += fmod(wrong.x[n % 3] / one, 2) != 0 ? -one : one;
                for (unsigned step = 0; step < HALF_STEPS; step++) {
                        half_step(&right, scale);
                        half_step(&wrong, scale);
                        assert_memory_not_equal(right.x, wrong.x, sizeof(right.x));
                }
        }
}

/* --- sparse products --- */

static double element(const uint32_t *words, unsigned index)
{
        uint32_t bits = words[index / 2] >> 16 * (index % 2) & 0xffff;

        return bits & 0x7fff ? half_value(bits) : 0;
}

/*
 * A row of 32 elements from the 16 that are there and the bits that say where: two of each four,
 * the lower one first.
 */
static void spread(const uint32_t there[8], uint32_t low, uint32_t high, double ret_row[32])
{
        memset(ret_row, 0, 32 * sizeof(*ret_row));
        for (unsigned k = 0; k < 16; k++) {
                uint32_t places = k < 8 ? low : high;
                unsigned first = places >> k % 8 / 2 * 4 & 3;
                unsigned at = places >> k % 8 * 2 & 3;

                assert_true(k % 2 == 0 || at != first);
                assert_true(k % 2 == 0 || at > (places >> (k % 8 - 1) * 2 & 3));
                ret_row[k / 2 * 4 + at] = element(there, k);
        }
}

/* Of which six patterns each place of each row was, over all sets and tiles. */
static uint8_t patterns[64][8];

static void note_patterns(unsigned row, uint32_t low, uint32_t high)
{
        static const uint8_t numbers[16] = {
                [4] = 1, [8] = 2, [9] = 4, [12] = 8, [13] = 16, [14] = 32
        };

        for (unsigned group = 0; group < 8; group++)
                patterns[row][group] |= numbers[(group < 4 ? low : high) >> group % 4 * 4 & 15];
}

/* Row `row` of a warp's 16, from its lanes' words: the asked ones, by the tile's number. */
static void row_of(const uint32_t *places, unsigned tile, unsigned row, const uint32_t there[8],
        double ret_row[32])
{
        unsigned lane = row % 8 * 4 + tile % 2 * 2;
        uint32_t low = places[lane] >> (row / 8 * 16) & 0xffff;
        uint32_t high = places[lane + 1] >> (row / 8 * 16) & 0xffff;

        spread(there, low, high, ret_row);
}

static double product_of(const double row[32], const uint32_t column[16], double *most)
{
        double sum = 0;

        for (unsigned k = 0; k < 32; k++) {
                sum += row[k] * element(column, k);
                *most += fabs(row[k] * element(column, k));
        }
        return sum;
}

/* All values are multiples of 2^e, as in test_check.c: sums need 24 bits above it. */
static void compare_sum(
        double sum, double most, uint32_t expected, unsigned row, unsigned column, size_t *zeroes)
{
        float real;

        memcpy(&real, &expected, sizeof(real));
        assert_true(sum * TENSOR_STEPS == (double)real);
        assert_true(most * TENSOR_STEPS < ldexp(1, 24 + (int)(row * 7 % 4 + column * 7 % 4)));
        *zeroes += sum == 0;
}

static void sparse_fragments(void **state)
{
        static uint32_t a[SPARSE_MMA_A], b[SPARSE_MMA_B], expected[KNOWN_MMA_EXPECTED],
                places[SPARSE_MMA_PLACES];
        size_t zeroes = 0;

        (void)state;
        known_sparse_mma(a, b, expected, places);
        for (unsigned n = 0; n < KNOWN_MMA_EXPECTED; n++) {
                unsigned lane = n % 32, r = n / 32 % 4, j = n / 128 % 4, i = n / 512 % 4;
                unsigned set = n / 2048, row = lane / 4 + r / 2 * 8, column = lane % 4 * 2 + r % 2;
                double sum = 0, most = 0, spread_row[32];

                for (unsigned s = 0; s < 4; s++) {
                        uint32_t left[8], right[16];

                        for (unsigned w = 0; w < 8; w++)
                                left[w] = a[((set * 4 + (i ^ s)) * 4 + row / 8 + w / 4 * 2) * 32 +
                                            row % 8 * 4 + w % 4];
                        for (unsigned w = 0; w < 16; w++)
                                right[w] = b[((set * 4 + (j ^ s)) * 4 + w / 4) * 32 + column * 4 +
                                             w % 4];
                        row_of(places + (set * 4 + (i ^ s)) * 32, i ^ s, row, left, spread_row);
                        sum += product_of(spread_row, right, &most);
                }
                compare_sum(sum, most, expected[n], row, column, &zeroes);
        }
        assert_true(zeroes < KNOWN_MMA_EXPECTED / 50);
}

static void sparse_tiles(void **state)
{
        static uint32_t a[KNOWN_WGMMA_A], b[KNOWN_WGMMA_B], expected[KNOWN_WGMMA_EXPECTED],
                places[SPARSE_WGMMA_PLACES];
        size_t zeroes = 0;

        (void)state;
        known_sparse_wgmma(a, b, expected, places);
        for (unsigned n = 0; n < KNOWN_WGMMA_EXPECTED; n += 37) {
                unsigned thread = n % 128, r = n / 128 % 128, set = n / 16384, warp = thread / 32;
                unsigned own = thread % 32 / 4 + (r & 2 ? 8 : 0), row = warp * 16 + own;
                unsigned column = r / 4 * 8 + thread % 4 * 2 + r % 2;
                double sum = 0, most = 0, spread_row[32];

                for (unsigned tile = 0; tile < 4; tile++) {
                        const uint32_t *left = a + (set * 4 + tile) * 512 + row / 8 * 64;
                        const uint32_t *right = b + (set * 2 + tile % 2) * 4096 + column / 8 * 128;
                        uint32_t there[8], words[16];

                        for (unsigned w = 0; w < 8; w++)
                                there[w] = left[w / 4 * 32 + row % 8 * 4 + w % 4];
                        for (unsigned w = 0; w < 16; w++)
                                words[w] = right[w / 4 * 32 + column % 8 * 4 + w % 4];
                        row_of(places + (set * 4 + tile) * 128 + warp * 32, tile, own, there,
                                spread_row);
                        sum += product_of(spread_row, words, &most);
                }
                compare_sum(sum, most, expected[n], row, column, &zeroes);
        }
        assert_true(zeroes < KNOWN_WGMMA_EXPECTED / 37 / 50);
}

/* Over both sets each four elements have had each two; who is not asked says something else. */
static void sparse_places(void **state)
{
        static uint32_t a[KNOWN_WGMMA_A], b[KNOWN_WGMMA_B], expected[KNOWN_WGMMA_EXPECTED],
                places[SPARSE_WGMMA_PLACES];

        (void)state;
        known_sparse_wgmma(a, b, expected, places);
        memset(patterns, 0, sizeof(patterns));
        for (unsigned n = 0; n < TENSOR_SETS * 4 * 64; n++) {
                unsigned row = n % 64, tile = n / 64;
                const uint32_t *warp = places + tile * 128 + row / 16 * 32;
                unsigned lane = row % 8 * 4 + tile % 2 * 2, shift = row % 16 / 8 * 16;

                note_patterns(row, warp[lane] >> shift & 0xffff, warp[lane + 1] >> shift & 0xffff);
                assert_int_not_equal(warp[lane], warp[lane ^ 2]);
                assert_int_not_equal(warp[lane + 1], warp[(lane + 1) ^ 2]);
        }
        for (unsigned n = 0; n < 64 * 8; n++)
                assert_int_equal(patterns[n / 8][n % 8], 63);
}

/* --- long code --- */

static const char ptx[] = "before\n\t" CODE_MARKER "%r7, %a, %r12, %r3\n\tbehind\n";

/* A line of it, computed as the PTX manual says. */
static void follow(const char *line, uint32_t values[4])
{
        static const char *const names[] = { "%r7", "%a", "%r12", "%r3" };
        char name[3][16];
        unsigned table = 0, number, to = 0, from = 0;
        uint32_t *d;

        if (sscanf(line, "mad.lo.u32 %15[^,], %15[^,], %u, %15[^;];", name[0], name[1], &number,
                    name[2]) != 4 &&
                sscanf(line, "lop3.b32 %15[^,], %15[^,], %u, %15[^,], 0x%x;", name[0], name[1],
                        &number, name[2], &table) != 5)
                fail_msg("%s", line);
        while (strcmp(names[to], name[0]) != 0)
                to++;
        while (strcmp(names[from], name[2]) != 0)
                from++;
        assert_string_equal(name[0], name[1]);
        assert_int_not_equal(to, from);
        d = &values[to];
        if (table == 0)
                *d = *d * (number | 1) + values[from];
        else if (table == 0x96)
                *d ^= number ^ values[from];
        else
                *d ^= number & values[from];
        assert_true(table == 0 ? number % 2 == 1 : table == 0x96 || table == 0x78);
}

static void code_is_what_the_cpu_computes(void **state)
{
        static uint32_t seed[CODE_VALUES * CODE_THREADS], expected[CODE_VALUES * CODE_THREADS];
        uint32_t values[CODE_VALUES], again[CODE_VALUES];
        char *text = code_write(ptx, 0), *line, *rest = text;
        size_t lines = 0;

        (void)state;
        known_code(seed, expected);
        for (unsigned v = 0; v < CODE_VALUES; v++)
                values[v] = again[v] = seed[v * CODE_THREADS + 200];
        assert_non_null(text);
        assert_string_equal(strsep(&rest, "\n"), "before");
        rest++;
        while ((line = strsep(&rest, "\n")) && strstr(line, CODE_MARKER) == NULL) {
                follow(line, values);
                lines++;
        }
        assert_int_equal(lines, CODE_INSTRUCTIONS);
        assert_string_equal(rest, "\tbehind\n");
        code_compute(again, 0);
        for (unsigned v = 0; v < CODE_VALUES; v++) {
                assert_int_equal(values[v], expected[v * CODE_THREADS + 200]);
                assert_int_equal(values[v], again[v]);
        }
        free(text);
}

/* Whichever instruction is wrong, results are: of half of all threads, where a bit is masked. */
static void each_instruction_counts(void **state)
{
        static uint32_t seed[CODE_VALUES * CODE_THREADS], expected[CODE_VALUES * CODE_THREADS];
        uint32_t right[16][CODE_VALUES], wrong[16][CODE_VALUES];

        (void)state;
        known_code(seed, expected);
        for (unsigned n = 0; n <= CODE_INSTRUCTIONS; n += n < 16 ? 1 : 101) {
                for (unsigned i = 0; i < 16; i++) {
                        for (unsigned v = 0; v < CODE_VALUES; v++)
                                wrong[i][v] = seed[v * CODE_THREADS + i];
                        code_compute(wrong[i], n);
                }
                if (n == 0)
                        memcpy(right, wrong, sizeof(right));
                else
                        assert_memory_not_equal(right, wrong, sizeof(right));
        }
}

static void code_has_its_place(void **state)
{
        char *text = code_write(ptx, 3), *sound = code_write(ptx, 0);

        (void)state;
        assert_true(text && sound && strcmp(text, sound) != 0);
        free(text);
        free(sound);
        assert_null(code_write("no marker\n", 0));
        assert_null(code_write(CODE_MARKER "%r1, %r2, %r3\n", 0));
        assert_null(code_write(CODE_MARKER "%r1, %r2, %r3, %r4, %r5\n", 0));
        assert_null(code_write(CODE_MARKER "%r1, %r2, , %r4\n", 0));
        assert_null(code_write(
                CODE_MARKER "%r1, %r2, %r3, %r0123456789012345678901234567890123456789\n", 0));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(half_chains),
                cmocka_unit_test(half_chains_keep_errors),
                cmocka_unit_test(sparse_fragments),
                cmocka_unit_test(sparse_tiles),
                cmocka_unit_test(sparse_places),
                cmocka_unit_test(code_is_what_the_cpu_computes),
                cmocka_unit_test(each_instruction_counts),
                cmocka_unit_test(code_has_its_place),
        };

        return run_tap(tests);
}
