/*
 * Memory tests: kernels that write a pattern, check it, or check it and write its complement, each
 * at the memory's speed. A block works on CHECK_TILE_BYTES; `tiles` of them are one launch, from
 * the first to the last or, with `down`, the other way round. `flip` is 0 or all ones: it makes the
 * pattern its complement.
 */
#include "common.h"

#define PATTERN_FUNCTION DEVICE
#include "pattern.h"

typedef u64 u64x2 __attribute__((ext_vector_type(2)));

#define PAIRS_A_TILE (CHECK_TILE_BYTES / 16u)
#define UNROLL       4u /* pairs that are written at a time */
#define TURNS        (PAIRS_A_TILE / (UNROLL * CHECK_THREADS))
#define BATCH        8u /* pairs on their way before the first is compared */

SHARED u32 tile_bits[64];
SHARED u32 tile_ranges[CHECK_RANGES];
SHARED u32 tile_errors;

DEVICE u64 first_pair(u32 down)
{
        u32 tile = down ? grid_size_x() - 1 - block_x() : block_x();

        return (u64)tile * PAIRS_A_TILE + thread_x();
}

DEVICE void tile_begin(void)
{
        if (thread_x() < 64)
                tile_bits[thread_x()] = 0;
        if (thread_x() < CHECK_RANGES)
                tile_ranges[thread_x()] = 0;
        if (thread_x() == 0)
                tile_errors = 0;
        block_barrier();
}

DEVICE void tile_end(struct check_report *report)
{
        block_barrier();
        if (tile_errors == 0)
                return;
        if (thread_x() < 64 && tile_bits[thread_x()])
                add_global(&report->bit[thread_x()], (u64)tile_bits[thread_x()]);
        if (thread_x() < CHECK_RANGES && tile_ranges[thread_x()])
                add_global(&report->range[thread_x()], (u64)tile_ranges[thread_x()]);
        if (thread_x() == 0)
                add_global(&report->errors, (u64)tile_errors);
}

DEVICE void add_shared(u32 *to)
{
        __nvvm_atom_add_gen_i((int *)to, 1);
}

/* Ranges are 2^shift bytes from `base` on. */
struct ranges {
        u64 base;
        u32 shift;
};

DEVICE void wrong_word(
        struct check_report *report, u64 address, u64 expected, u64 found, struct ranges ranges)
{
        u64 again = *(const volatile u64 *)address;

        add_shared(&tile_errors);
        add_shared(&tile_ranges[(address - ranges.base) >> ranges.shift & (CHECK_RANGES - 1)]);
#pragma unroll 1
        for (u64 left = found ^ expected; left; left &= left - 1)
                add_shared(&tile_bits[__builtin_ctzll(left)]);
        record_error(report, address, expected, found, again);
}

DEVICE u64x2 pair_of(struct pattern_pair pair, u64 flip)
{
        u64x2 result = { pair.low ^ flip, pair.high ^ flip };

        return result;
}

/*
 * What a thread's pairs hold, CHECK_THREADS pairs apart: `at` by the pattern's definition, `next`
 * one after the other, by fewer instructions.
 */
#define MEMBER __device__ __attribute__((always_inline))
#define PATTERN_AT(name)                                                                      \
        MEMBER static u64x2 at(u64 pair, u64 a, u64 k, u64 flip)                              \
        {                                                                                     \
                return pair_of(pattern_##name(pair, a, k), flip);                             \
        }

struct fill {
        u64x2 now;

        PATTERN_AT(fill)
        MEMBER fill(u64 pair, u64 a, u64 k, u64 flip) : now(at(pair, a, k, flip))
        {
        }
        MEMBER u64x2 next(void)
        {
                return now;
        }
};

/* The rotation is the same again after 64 words, and so after CHECK_THREADS pairs. */
struct walk {
        u64x2 now;

        PATTERN_AT(walk)
        MEMBER walk(u64 pair, u64 a, u64 k, u64 flip) : now(at(pair, a, k, flip))
        {
        }
        MEMBER u64x2 next(void)
        {
                return now;
        }
};

/* The complement of what grows by k shrinks by k. */
struct linear {
        u64x2 now;
        u64 step;

        PATTERN_AT(linear)
        MEMBER linear(u64 pair, u64 a, u64 k, u64 flip)
            : now(at(pair, a, k, flip)), step(2 * CHECK_THREADS * ((k ^ flip) - flip))
        {
        }
        MEMBER u64x2 next(void)
        {
                u64x2 result = now;

                now += step;
                return result;
        }
};

struct random {
        u64 pair, a, k, flip;

        PATTERN_AT(random)
        MEMBER random(u64 pair, u64 a, u64 k, u64 flip) : pair(pair), a(a), k(k), flip(flip)
        {
        }
        MEMBER u64x2 next(void)
        {
                u64x2 result = at(pair, a, k, flip);

                pair += CHECK_THREADS;
                return result;
        }
};

/* The remainder goes along instead of being divided for. */
struct modulo {
        u64 a, k, rest;

        PATTERN_AT(modulo)
        MEMBER modulo(u64 pair, u64 a, u64 k, u64 flip)
            : a(a ^ flip), k(k), rest(pair / 2 % PATTERN_MODULUS)
        {
        }
        MEMBER u64x2 next(void)
        {
                u64 value = rest == k ? a : ~a;
                u64x2 result = { value, value };

                rest += CHECK_THREADS / 2 % PATTERN_MODULUS;
                if (rest >= PATTERN_MODULUS)
                        rest -= PATTERN_MODULUS;
                return result;
        }
};

#define WRITE_KERNEL(name)                                                                    \
        KERNEL write_##name(u64x2 *data, u64 a, u64 k, u64 flip, u32 down)                    \
        {                                                                                     \
                u64 pair = first_pair(down);                                                  \
                for (u32 turn = 0; turn < TURNS; turn++, pair += UNROLL * CHECK_THREADS) {    \
                        _Pragma("unroll") for (u32 u = 0; u < UNROLL; u++)                    \
                                data[pair + u * CHECK_THREADS] =                              \
                                        pair_of(pattern_##name(pair + u * CHECK_THREADS, a,   \
                                                        k),                                   \
                                                flip);                                        \
                }                                                                             \
        }

/*
 * Compares the rest of a thread's pairs word by word, in a tile where something is wrong. The first
 * BATCH pairs are here already: what is wrong may be on the way, and right when it is read again.
 * If none of them is, then it was the comparison that went wrong, and that is told as an error too.
 */
template <class pattern, bool turn>
DEVICE void look_closely(const u64 *here, u64x2 *data, u64 pair, u32 pairs, u64 a, u64 k, u64 flip,
        struct check_report *report, struct ranges ranges)
{
        bool seen = false;

#pragma unroll 1
        for (u32 i = 0; i < 2 * pairs; i++) {
                u64 at = pair + (i >> 1) * CHECK_THREADS;
                u64x2 both = pattern::at(at, a, k, flip);
                u64 wanted = i & 1 ? both.y : both.x;
                u64 *word = (u64 *)(data + at) + (i & 1);
                u64 found = i < 2 * BATCH ? here[i] : *(const volatile u64 *)word;

                seen = seen || found != wanted;
                if (found != wanted || (!seen && i == 2 * BATCH - 1))
                        wrong_word(report, (u64)word, wanted, found, ranges);
                if (turn)
                        *word = ~wanted;
        }
}

/*
 * Compares a tile, and with `turn` writes its complement. In a kernel that calls a function, be it
 * never so seldom, a read takes a twelfth longer (docs/performance.md): everything is in line.
 */
template <class pattern, bool turn>
DEVICE void check_tile(u64x2 *data, u64 a, u64 k, u64 flip, u32 down, struct check_report *report,
        struct ranges ranges)
{
        u64 pair = first_pair(down);
        u64x2 *at = data + pair;
        pattern wanted(pair, a, k, flip);
        u64x2 found[BATCH];
        u32 left;

        tile_begin();
#pragma unroll 1
        for (left = PAIRS_A_TILE / CHECK_THREADS; left > 0; left -= BATCH) {
                pattern again = wanted;
                u64 wrong = 0;

#pragma unroll
                for (u32 i = 0; i < BATCH; i++)
                        found[i] = at[i * CHECK_THREADS];
#pragma unroll
                for (u32 i = 0; i < BATCH; i++) {
                        u64x2 differs = found[i] ^ wanted.next();

                        wrong |= differs.x | differs.y;
                }
                if (__builtin_expect(wrong != 0, 0))
                        break;
                if (turn) {
#pragma unroll
                        for (u32 i = 0; i < BATCH; i++)
                                at[i * CHECK_THREADS] = ~again.next();
                }
                at += BATCH * CHECK_THREADS;
        }
        if (__builtin_expect(left > 0, 0)) {
                u64 here[2 * BATCH];

#pragma unroll
                for (u32 i = 0; i < BATCH; i++) {
                        here[2 * i] = found[i].x;
                        here[2 * i + 1] = found[i].y;
                }
                look_closely<pattern, turn>(
                        here, data, (u64)(at - data), left, a, k, flip, report, ranges);
        }
        tile_end(report);
}

#define PATTERN_KERNELS(name)                                                                 \
        WRITE_KERNEL(name)                                                                    \
        KERNEL check_##name(u64x2 *data, u64 a, u64 k, u64 flip, u32 down,                    \
                struct check_report *report, struct ranges ranges)                            \
        {                                                                                     \
                check_tile<name, false>(data, a, k, flip, down, report, ranges);              \
        }                                                                                     \
        KERNEL turn_##name(u64x2 *data, u64 a, u64 k, u64 flip, u32 down,                     \
                struct check_report *report, struct ranges ranges)                            \
        {                                                                                     \
                check_tile<name, true>(data, a, k, flip, down, report, ranges);               \
        }

PATTERN_KERNELS(fill)
PATTERN_KERNELS(walk)
PATTERN_KERNELS(linear)
PATTERN_KERNELS(random)
PATTERN_KERNELS(modulo)

/* One half of the modulo pattern: the units that are k modulo 20, or (`others`) all the rest. */
KERNEL write_modulo_part(u64x2 *data, u64 a, u64 k, u32 others)
{
        u64 pair = first_pair(0);
        u64 value = others ? ~a : a;
        u64x2 both = { value, value };

        for (u32 turn = 0; turn < TURNS * UNROLL; turn++, pair += CHECK_THREADS) {
                if (pattern_modulo_owns(pair, k) != (int)others)
                        data[pair] = both;
        }
}

/* Moves tiles: tile t of `from` to tile (t + shift) modulo the grid of `to`. */
KERNEL move_tiles(const u64x2 *from, u64x2 *to, u32 shift)
{
        u32 target = block_x() + shift;
        u64 pair = first_pair(0), other;

        if (target >= grid_size_x())
                target -= grid_size_x();
        other = (u64)target * PAIRS_A_TILE + thread_x();
        for (u32 turn = 0; turn < TURNS; turn++) {
                u64x2 value[UNROLL];

#pragma unroll
                for (u32 u = 0; u < UNROLL; u++)
                        value[u] = from[pair + u * CHECK_THREADS];
#pragma unroll
                for (u32 u = 0; u < UNROLL; u++)
                        to[other + u * CHECK_THREADS] = value[u];
                pair += UNROLL * CHECK_THREADS;
                other += UNROLL * CHECK_THREADS;
        }
}
