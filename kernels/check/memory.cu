/*
 * Memory tests: kernels that write a pattern, check it, or check it and write something else, each
 * at the memory's speed. A block works on CHECK_TILE_BYTES; `tiles` of them are one launch, from
 * the first to the last or, with `down`, the other way round, and so inside a tile. `flip` is 0 or
 * all ones: it makes the pattern its complement.
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

/* Of a thread, which goes through its tile by so many pairs. */
DEVICE u64 first_pair(u32 down, u32 batch)
{
        u32 tile = down ? grid_size_x() - 1 - block_x() : block_x();
        u64 pair = (u64)tile * PAIRS_A_TILE + thread_x();

        return down ? pair + PAIRS_A_TILE - batch * CHECK_THREADS : pair;
}

DEVICE u64 step_of(u32 down, u32 batch)
{
        u64 step = batch * CHECK_THREADS;

        return down ? -step : step;
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

/* Ranges are 2^shift bytes from `base` on; `sweep` is the number of the launch. */
struct ranges {
        u64 base;
        u32 shift, sweep;
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
        record_error(report, ranges.sweep, address, expected, found, again);
}

DEVICE bool any_of(u64x2 bits)
{
        return (bits.x | bits.y) != 0;
}

DEVICE u64x2 pair_of(struct pattern_pair pair, u64 flip)
{
        u64x2 result = { pair.low ^ flip, pair.high ^ flip };

        return result;
}

/*
 * What a thread's pairs hold, CHECK_THREADS pairs apart: `at` by the pattern's definition, `next`
 * one after the other, by fewer instructions. After a batch, `skip` goes back by `back` pairs, if
 * there are any, to where the batch below begins.
 */
#define MEMBER __device__ __attribute__((always_inline))
#define PATTERN_AT(name)                                          \
        MEMBER static u64x2 at(u64 pair, u64 a, u64 k, u64 flip)  \
        {                                                         \
                return pair_of(pattern_##name(pair, a, k), flip); \
        }

struct stripe {
        u64 pair, a, k, flip, jump;

        PATTERN_AT(stripe)
        MEMBER stripe(u64 pair, u64 a, u64 k, u64 flip, u32 back)
            : pair(pair), a(a ^ flip), k(k), jump(back * CHECK_THREADS)
        {
        }
        MEMBER u64x2 next(void)
        {
                u64x2 result = at(pair, a, k, 0);

                pair += CHECK_THREADS;
                return result;
        }
        MEMBER void skip(void)
        {
                pair -= jump;
        }
};

/* The rotation is the same again after 64 words, and so after CHECK_THREADS pairs. */
struct walk {
        u64x2 now;

        PATTERN_AT(walk)
        MEMBER walk(u64 pair, u64 a, u64 k, u64 flip, u32) : now(at(pair, a, k, flip))
        {
        }
        MEMBER u64x2 next(void)
        {
                return now;
        }
        MEMBER void skip(void)
        {
        }
};

/* The complement of what grows by k shrinks by k. */
struct linear {
        u64x2 now;
        u64 step, jump;

        PATTERN_AT(linear)
        MEMBER linear(u64 pair, u64 a, u64 k, u64 flip, u32 back)
            : now(at(pair, a, k, flip)), step(2 * CHECK_THREADS * ((k ^ flip) - flip)),
              jump(step * back)
        {
        }
        MEMBER u64x2 next(void)
        {
                u64x2 result = now;

                now += step;
                return result;
        }
        MEMBER void skip(void)
        {
                now -= jump;
        }
};

struct random {
        u64 pair, a, k, flip, jump;

        PATTERN_AT(random)
        MEMBER random(u64 pair, u64 a, u64 k, u64 flip, u32 back)
            : pair(pair), a(a), k(k), flip(flip), jump(back * CHECK_THREADS)
        {
        }
        MEMBER u64x2 next(void)
        {
                u64x2 result = at(pair, a, k, flip);

                pair += CHECK_THREADS;
                return result;
        }
        MEMBER void skip(void)
        {
                pair -= jump;
        }
};

/* The remainder goes along instead of being divided for. */
struct modulo {
        u64 a, k, rest, jump;

        PATTERN_AT(modulo)
        MEMBER modulo(u64 pair, u64 a, u64 k, u64 flip, u32 back)
            : a(a ^ flip), k(k), rest(pair / 2 % PATTERN_MODULUS),
              jump(PATTERN_MODULUS - back * (CHECK_THREADS / 2) % PATTERN_MODULUS)
        {
        }
        MEMBER void forward(u64 by)
        {
                rest += by;
                if (rest >= PATTERN_MODULUS)
                        rest -= PATTERN_MODULUS;
        }
        MEMBER u64x2 next(void)
        {
                u64 value = rest == k ? a : ~a;
                u64x2 result = { value, value };

                forward(CHECK_THREADS / 2 % PATTERN_MODULUS);
                return result;
        }
        MEMBER void skip(void)
        {
                forward(jump);
        }
};

/*
 * What is done with a pair that is right: what it is changed by before it is written back.
 * IN_ORDER: no thread of the block goes on before all have written, and a pair that nothing
 * changes in is not written at all.
 */
struct leave {
        enum { WRITES = 0, IN_ORDER = 0, PAIRS = BATCH };
        MEMBER u64x2 at(u64) const
        {
                return u64x2{ 0, 0 };
        }
        MEMBER u64x2 next(void)
        {
                return u64x2{ 0, 0 };
        }
        MEMBER void skip(void)
        {
        }
};

struct complement {
        enum { WRITES = 1, IN_ORDER = 0, PAIRS = BATCH };
        MEMBER u64x2 at(u64) const
        {
                return u64x2{ ~0ull, ~0ull };
        }
        MEMBER u64x2 next(void)
        {
                return u64x2{ ~0ull, ~0ull };
        }
        MEMBER void skip(void)
        {
        }
};

struct restripe {
        enum { WRITES = 1, IN_ORDER = 1, PAIRS = 1 };
        struct stripe by;

        MEMBER restripe(u64 pair, u64 a, u64 k, u32 back) : by(pair, a, k, 0, back)
        {
        }
        MEMBER u64x2 at(u64 pair) const
        {
                return stripe::at(pair, by.a, by.k, 0);
        }
        MEMBER u64x2 next(void)
        {
                return by.next();
        }
        MEMBER void skip(void)
        {
                by.skip();
        }
};

#define WRITE_KERNEL(name)                                                                     \
        KERNEL write_##name(u64x2 *data, u64 a, u64 k, u64 flip, u32 down)                     \
        {                                                                                      \
                u64 pair = first_pair(down, UNROLL), step = step_of(down, UNROLL);             \
                for (u32 turn = 0; turn < TURNS; turn++, pair += step) {                       \
                        _Pragma("unroll") for (u32 u = 0; u < UNROLL;                          \
                                               u++) data[pair + u * CHECK_THREADS] =           \
                                pair_of(pattern_##name(pair + u * CHECK_THREADS, a, k), flip); \
                }                                                                              \
        }

#ifdef FORESTAGE_SABOTEUR
/* On this bit alone: another thread may be about to write the rest of the word. */
DEVICE void act_on(u64 *word, u64 bit, u32 effect)
{
        if (effect == CHECK_INVERTS)
                asm volatile("red.global.xor.b64 [%0], %1;" ::"l"(word), "l"(bit) : "memory");
        else if (effect == CHECK_CLEARS)
                asm volatile("red.global.and.b64 [%0], %1;" ::"l"(word), "l"(~bit) : "memory");
        else
                asm volatile("red.global.or.b64 [%0], %1;" ::"l"(word), "l"(bit) : "memory");
}

/* A word has been written that another is coupled to. */
DEVICE void couple(const struct check_report *report, const u64x2 *at, u64x2 before, u64x2 after)
{
        const struct check_sabotage *sabotage = &report->sabotage;
        u64 bit = 1ull << sabotage->aggressor_bit, other = 1ull << sabotage->victim_bit;
        bool high = sabotage->aggressor & 8;
        u64 was = high ? before.y : before.x, is = high ? after.y : after.x;

        if ((sabotage->aggressor & ~15ull) != (u64)at)
                return;
        if (!((sabotage->falls ? was & ~is : is & ~was) & bit))
                return;
        act_on((u64 *)sabotage->victim, other, sabotage->effect);
}

/* One thread of this multiprocessor, once, is about to expect something wrong. */
DEVICE bool expects_wrongly(struct check_report *report)
{
        return report->sabotage.expects == multiprocessor() + 1 && thread_x() == 77 &&
               add_global(&report->sabotage.expected, 1u) == 0;
}
#endif

/*
 * Compares the rest of a thread's pairs word by word, in a tile where something is wrong. The first
 * batch is here already: what is wrong may be on the way, and right when it is read again. If
 * nothing in it is, though it is said to be, then it was the comparison that went wrong, and that
 * is told as an error too.
 */
template <class pattern, class change>
DEVICE void look_closely(const u64 *here, u64x2 *data, u64 pair, u32 pairs, u64 step, u64 a, u64 k,
        u64 flip, change by, bool said, struct check_report *report, struct ranges ranges)
{
        const u32 words = 2 * change::PAIRS;

#pragma unroll 1
        for (u32 i = 0; i < 2 * pairs; i++) {
                u64 at = pair + i / words * step + i % words / 2 * CHECK_THREADS;
                u64x2 both = pattern::at(at, a, k, flip), change_by = by.at(at);
                u64 wanted = i & 1 ? both.y : both.x;
                u64 *word = (u64 *)(data + at) + (i & 1);
                u64 found = i < words ? here[i] : *(const volatile u64 *)word;

#ifdef FORESTAGE_SABOTEUR
                if (report->sabotage.expects && said && thread_x() == 77 && i == 0)
                        wanted ^= 1ull << report->sabotage.bit;
#endif
                if (found != wanted || (said && i == words - 1))
                        wrong_word(report, (u64)word, wanted, found, ranges);
                said = said && found == wanted;
                if (change::WRITES && (found != wanted || any_of(change_by)))
                        *word = wanted ^ (i & 1 ? change_by.y : change_by.x);
        }
}

/* Writes a batch back, changed. */
template <class change>
DEVICE void write_back(struct check_report *report, u64x2 *at, u64x2 *found, change &by)
{
        (void)report;
#pragma unroll
        for (u32 i = 0; i < change::PAIRS; i++) {
                u64x2 turn = by.next(), now = found[i] ^ turn;

                if (change::IN_ORDER && !any_of(turn))
                        continue;
                at[i * CHECK_THREADS] = now;
#ifdef FORESTAGE_SABOTEUR
                couple(report, at + i * CHECK_THREADS, found[i], now);
#endif
        }
}

/* One thread of the block has found something wrong; all of them have written by then. */
DEVICE bool one_of_all(bool wrong)
{
        return __nvvm_bar0_or(wrong);
}

/*
 * Compares a tile, and writes what `by` makes of it. In a kernel that calls a function, be it
 * never so seldom, a read takes a twelfth longer (docs/performance.md): everything is in line.
 *
 * Where the order counts, the block goes on together, a batch at a time, and stops together: the
 * threads that have nothing wrong have then written their batch, and look closely from the next.
 */
template <class pattern, class change>
DEVICE void check_tile(u64x2 *data, u64 a, u64 k, u64 flip, u32 down, change by,
        struct check_report *report, struct ranges ranges)
{
        const u32 batch = change::PAIRS;
        u64 pair = first_pair(down, batch), step = step_of(down, batch), here[2 * batch];
        u64x2 *at = data + pair;
        pattern wanted(pair, a, k, flip, down ? 2 * batch : 0);
        u64x2 found[batch];
        bool wrong = false;
        u32 left;

        tile_begin();
#pragma unroll 1
        for (left = PAIRS_A_TILE / CHECK_THREADS; left > 0; left -= batch, at += step) {
                u64 differs = 0;

#pragma unroll
                for (u32 i = 0; i < batch; i++)
                        found[i] = at[i * CHECK_THREADS];
#pragma unroll
                for (u32 i = 0; i < batch; i++) {
                        u64x2 both = found[i] ^ wanted.next();

                        differs |= both.x | both.y;
                }
                wrong = differs != 0;
#ifdef FORESTAGE_SABOTEUR
                wrong = wrong || expects_wrongly(report);
#endif
                if (!change::IN_ORDER && __builtin_expect(wrong, 0))
                        break;
                if (change::WRITES && !wrong)
                        write_back(report, at, found, by);
                if (change::IN_ORDER && __builtin_expect(one_of_all(wrong), 0))
                        break;
                wanted.skip();
                by.skip();
        }
        if (__builtin_expect(left > 0, 0)) {
                if (change::IN_ORDER && !wrong) {
                        left -= batch;
                        at += step;
#pragma unroll
                        for (u32 i = 0; i < batch; i++)
                                found[i] = left > 0 ? at[i * CHECK_THREADS] : found[i];
                }
#pragma unroll
                for (u32 i = 0; i < batch; i++) {
                        here[2 * i] = found[i].x;
                        here[2 * i + 1] = found[i].y;
                }
                look_closely<pattern, change>(here, data, (u64)(at - data), left, step, a, k, flip,
                        by, wrong, report, ranges);
        }
        tile_end(report);
}

#define PATTERN_KERNELS(name)                                                      \
        WRITE_KERNEL(name)                                                         \
        KERNEL check_##name(u64x2 *data, u64 a, u64 k, u64 flip, u32 down,         \
                struct check_report *report, struct ranges ranges)                 \
        {                                                                          \
                check_tile<name>(data, a, k, flip, down, leave(), report, ranges); \
        }

#define TURN_KERNEL(name)                                                               \
        KERNEL turn_##name(u64x2 *data, u64 a, u64 k, u64 flip, u32 down,               \
                struct check_report *report, struct ranges ranges)                      \
        {                                                                               \
                check_tile<name>(data, a, k, flip, down, complement(), report, ranges); \
        }

PATTERN_KERNELS(stripe)
PATTERN_KERNELS(walk)
PATTERN_KERNELS(linear)
PATTERN_KERNELS(random)
PATTERN_KERNELS(modulo)
TURN_KERNEL(walk)
TURN_KERNEL(linear)
TURN_KERNEL(random)

/* An element of a march: checks stripes, and turns the bits that are ones in others. */
KERNEL march_stripe(u64x2 *data, u64 a, u64 k, u64 flip, u32 down, struct check_report *report,
        struct ranges ranges, u64 turned_a, u64 turned_k)
{
        u64 pair = first_pair(down, restripe::PAIRS);
        restripe by(pair, turned_a, turned_k, down ? 2 * restripe::PAIRS : 0);

        check_tile<stripe>(data, a, k, flip, down, by, report, ranges);
}

/* One half of the modulo pattern: the units that are k modulo 20, or (`others`) all the rest. */
KERNEL write_modulo_part(u64x2 *data, u64 a, u64 k, u32 others)
{
        u64 pair = first_pair(0, 0);
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
        u64 pair = first_pair(0, 0), other;

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
