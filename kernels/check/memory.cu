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
#define UNROLL       4u
#define TURNS        (PAIRS_A_TILE / (UNROLL * CHECK_THREADS))

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

NOINLINE void wrong_word(
        struct check_report *report, u64 address, u64 expected, u64 found, struct ranges ranges)
{
        u64 again = *(const volatile u64 *)address;

        add_shared(&tile_errors);
        add_shared(&tile_ranges[(address - ranges.base) >> ranges.shift & (CHECK_RANGES - 1)]);
        for (u64 left = found ^ expected; left; left &= left - 1)
                add_shared(&tile_bits[__builtin_ctzll(left)]);
        record_error(report, address, expected, found, again);
}

DEVICE u64x2 pair_of(struct pattern_pair pair, u64 flip)
{
        u64x2 result = { pair.low ^ flip, pair.high ^ flip };

        return result;
}

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

/* Compares UNROLL pairs at a time, all of them loaded before the first is looked at. */
#define CHECK_BODY(name, complement)                                                          \
        {                                                                                     \
                u64 pair = first_pair(down);                                                  \
                tile_begin();                                                                 \
                for (u32 turn = 0; turn < TURNS; turn++, pair += UNROLL * CHECK_THREADS) {    \
                        u64x2 found[UNROLL], wanted[UNROLL];                                  \
                        u64 wrong = 0;                                                        \
                        _Pragma("unroll") for (u32 u = 0; u < UNROLL; u++)                    \
                                found[u] = data[pair + u * CHECK_THREADS];                    \
                        _Pragma("unroll") for (u32 u = 0; u < UNROLL; u++)                    \
                        {                                                                     \
                                wanted[u] = pair_of(                                          \
                                        pattern_##name(pair + u * CHECK_THREADS, a, k), flip); \
                                wrong |= (found[u].x ^ wanted[u].x) | (found[u].y ^ wanted[u].y); \
                        }                                                                     \
                        if (__builtin_expect(wrong != 0, 0)) {                                \
                                _Pragma("unroll") for (u32 u = 0; u < UNROLL; u++)            \
                                {                                                             \
                                        u64 address = (u64)(data + pair + u * CHECK_THREADS); \
                                        if (found[u].x != wanted[u].x)                        \
                                                wrong_word(report, address, wanted[u].x,      \
                                                        found[u].x, ranges);                  \
                                        if (found[u].y != wanted[u].y)                        \
                                                wrong_word(report, address + 8, wanted[u].y,  \
                                                        found[u].y, ranges);                  \
                                }                                                             \
                        }                                                                     \
                        if (complement) {                                                     \
                                _Pragma("unroll") for (u32 u = 0; u < UNROLL; u++)            \
                                        data[pair + u * CHECK_THREADS] = ~wanted[u];          \
                        }                                                                     \
                }                                                                             \
                tile_end(report);                                                             \
        }

#define PATTERN_KERNELS(name)                                                                 \
        WRITE_KERNEL(name)                                                                    \
        KERNEL check_##name(u64x2 *data, u64 a, u64 k, u64 flip, u32 down,                    \
                struct check_report *report, struct ranges ranges) CHECK_BODY(name, 0)        \
        KERNEL turn_##name(u64x2 *data, u64 a, u64 k, u64 flip, u32 down,                     \
                struct check_report *report, struct ranges ranges) CHECK_BODY(name, 1)

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
