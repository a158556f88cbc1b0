/*
 * The memory on the chip: shared memory and registers of every multiprocessor, and the caches. What
 * is wrong is reported with the multiprocessor that found it.
 */
#define PATTERN_FUNCTION static inline __attribute__((device))
#include "pattern.h"
#include "result.h"
#include "sram.h"

/* --- shared memory: all that a block can have, so that a multiprocessor has one --- */

extern SHARED u64 sram_shared_words[];

#ifdef FORESTAGE_SABOTEUR
/* A bit of one word of this multiprocessor that is stuck. */
DEVICE u64 stuck_word(const struct check_report *report, u32 word, u32 words)
{
        const struct check_sabotage *sabotage = &report->sabotage;

        if (sabotage->multiprocessor != multiprocessor() + 1 || sabotage->idle ||
                sabotage->aggressor || word != sabotage->bit * 1009 % words)
                return 0;
        return 1ull << sabotage->bit % 64;
}

/* One that changes when another one, which is written in another step, rises or falls. */
DEVICE void couple_words(const struct check_report *report, u32 word, u64 was, u64 is)
{
        const struct check_sabotage *sabotage = &report->sabotage;
        volatile u64 *at = sram_shared_words + sabotage->victim / 8;
        u64 other = 1ull << sabotage->victim_bit, before = *at;

        if (sabotage->multiprocessor != multiprocessor() + 1 ||
                sabotage->aggressor != 8ull * word ||
                !((sabotage->falls ? was & ~is : is & ~was) >> sabotage->aggressor_bit & 1))
                return;
        *at = sabotage->effect == CHECK_INVERTS  ? before ^ other
              : sabotage->effect == CHECK_CLEARS ? before & ~other
                                                 : before | other;
        if (*at != before)
                acted(report);
}
#endif

/* Reads a word, which has to be `wanted`, and turns some of its bits. */
DEVICE void march_word(struct check_report *report, u32 word, u32 words, u64 wanted, u64 turned)
{
        volatile u64 *at = sram_shared_words + word;
        u64 found = *at;

#ifdef FORESTAGE_SABOTEUR
        if (~found & stuck_word(report, word, words)) {
                found |= stuck_word(report, word, words);
                acted(report);
        }
#else
        (void)words;
#endif
        if (__builtin_expect(found != wanted, 0))
                wrong_result(report, 8ull * word, wanted, found);
        if (turned || found != wanted)
                *at = wanted ^ turned;
#ifdef FORESTAGE_SABOTEUR
        if (report->sabotage.aggressor)
                couple_words(report, word, wanted, wanted ^ turned);
#endif
}

/* One element: what is written in one step is there before the next is read. */
DEVICE void march(struct check_report *report, const struct sram_element *element, u32 words)
{
        const u32 pairs = words / 2, steps = (pairs + SRAM_THREADS - 1) / SRAM_THREADS;

        for (u32 i = 0; i < steps; i++) {
                u32 pair = (element->down ? steps - 1 - i : i) * SRAM_THREADS + thread_x();

                if (pair < pairs) {
                        struct pattern_pair wanted =
                                pattern_stripe(pair, element->a, element->words);
                        struct pattern_pair turned =
                                pattern_stripe(pair, element->turned_a, element->turned_words);

                        march_word(report, 2 * pair, words, wanted.low, turned.low);
                        march_word(report, 2 * pair + 1, words, wanted.high, turned.high);
                }
                block_barrier();
        }
}

KERNEL __attribute__((launch_bounds(SRAM_THREADS, 1)))
sram_shared(struct check_report *report, const struct sram_element *elements, u32 rounds, u32 words)
{
        for (u32 round = 0; round < rounds; round++) {
                for (u32 word = thread_x(); word < words; word += SRAM_THREADS)
                        ((volatile u64 *)sram_shared_words)[word] = 0;
                block_barrier();
#pragma unroll 1
                for (u32 e = 0; e < SRAM_ELEMENTS; e++)
                        march(report, elements + round * SRAM_ELEMENTS + e, words);
                set_done(report, 0);
        }
}

/* --- registers: so many of every thread that a multiprocessor has room for one block --- */

#define UP(X, t)   X(t, 0) X(t, 1) X(t, 2) X(t, 3) X(t, 4) X(t, 5) X(t, 6) X(t, 7) X(t, 8) X(t, 9)
#define DOWN(X, t) X(t, 9) X(t, 8) X(t, 7) X(t, 6) X(t, 5) X(t, 4) X(t, 3) X(t, 2) X(t, 1) X(t, 0)
#define ALL_UP(X)                                                                                  \
        UP(X, 0)                                                                                   \
        UP(X, 1) UP(X, 2) UP(X, 3) UP(X, 4) UP(X, 5) UP(X, 6) UP(X, 7) UP(X, 8) UP(X, 9) UP(X, 10) \
                UP(X, 11) UP(X, 12) UP(X, 13) UP(X, 14) UP(X, 15) UP(X, 16) UP(X, 17) UP(X, 18)    \
                        UP(X, 19) UP(X, 20) UP(X, 21) UP(X, 22) UP(X, 23)
#define ALL_DOWN(X)                                                                                \
        DOWN(X, 23)                                                                                \
        DOWN(X, 22) DOWN(X, 21) DOWN(X, 20) DOWN(X, 19) DOWN(X, 18) DOWN(X, 17) DOWN(X, 16)        \
                DOWN(X, 15) DOWN(X, 14) DOWN(X, 13) DOWN(X, 12) DOWN(X, 11) DOWN(X, 10) DOWN(X, 9) \
                        DOWN(X, 8) DOWN(X, 7) DOWN(X, 6) DOWN(X, 5) DOWN(X, 4) DOWN(X, 3)          \
                                DOWN(X, 2) DOWN(X, 1) DOWN(X, 0)

#define REG(t, u)     "r" #t "_" #u
#define DECLARE(t, u) ".reg .b32 " REG(t, u) ";\n"
#define WRITE(t, u)   "mov.b32 " REG(t, u) ", e;\nadd.u32 e, e, k;\n"
#define READ(t, u)                                                                            \
        "xor.b32 x, " REG(t, u) ", e;\nor.b32 wrong, wrong, x;\nxor.b32 " REG(t, u) ", " REG( \
                t, u) ", %6;\n"
#define READ_UP(t, u)   READ(t, u) "add.u32 e, e, k;\n"
#define READ_DOWN(t, u) READ(t, u) "sub.u32 e, e, k;\n"
#define TURN(t, u)      "xor.b32 " REG(t, u) ", " REG(t, u) ", %6;\n"
#define LOOK(t, u)                                                                          \
        "setp.ne.u32 p, " REG(t, u) ", e;\n@p add.u32 %0, %0, 1;\n"                         \
                                    "@p mov.u32 %1, " #t "*10+" #u                          \
                                    ";\n@p mov.u32 %2, " REG(t, u) ";\n@p mov.u32 %3, e;\n" \
                                                                   "add.u32 e, e, k;\n"

#ifdef FORESTAGE_SABOTEUR
/* A bit of a register that is stuck: here, as no register is left to keep it in. */
SHARED u32 stuck_bits[SRAM_THREADS];

#define STICK                                                                               \
        "mov.u32 e, %%tid.x;\nshl.b32 e, e, 2;\nmov.u32 k, stuck_bits;\nadd.u32 k, k, e;\n" \
        "ld.volatile.shared.u32 k, [k];\nor.b32 r13_7, r13_7, k;\n"

DEVICE void stick_register(const struct check_report *report)
{
        const struct check_sabotage *sabotage = &report->sabotage;
        bool here = sabotage->multiprocessor == multiprocessor() + 1 && !sabotage->idle &&
                    (sabotage->quarter ? is_victim(report, 0) : thread_x() == 77);

        ((volatile u32 *)stuck_bits)[thread_x()] = here ? 1u << sabotage->bit % 32 : 0;
        if (here) /* what is written has ones and zeros for each bit */
                acted(report);
}
#else
#define STICK ""
#endif

/* Where a pass begins: register 0 and the step to the next one, and what they are as complements.
 */
#define LINE                                                                                  \
        "ld.volatile.global.v2.u32 {e, k}, [at];\nxor.b32 e, e, flip;\nxor.b32 k, k, flip;\n" \
        "and.b32 x, flip, 1;\nadd.u32 k, k, x;\n"

#define NONE "mov.u32 %0, 0;\nmov.u32 %1, 0;\nmov.u32 %2, 0;\nmov.u32 %3, 0;\n"

/* What was wrong, of the last of so many wrong registers. */
struct wrong_register {
        u32 count, number, found, expected;
};

/*
 * A round writes all registers, goes over them upwards twice and downwards twice, turning every
 * bit, and reads them. What they should be comes from memory, and what turns them (`all`: ones)
 * from outside: nothing of it is known to a compiler, which so has to keep every register as it is.
 *
 * Behind a pass in which something was wrong, the registers are looked at one by one, and once more
 * with the bits turned: one that is stuck is right where it is told to be what it is. If none is
 * wrong then, its number is 240, and what was found the bits that were wrong in any.
 */
DEVICE struct wrong_register march_registers(const struct sram_line *lines, u32 rounds, u32 all)
{
        struct wrong_register w;

        asm volatile(
                "{\n.reg .pred p, d;\n.reg .b32 e, k, x, wrong, pass, left, flip;\n"
                ".reg .b64 at;\n" ALL_UP(DECLARE) //
                "mov.b64 at, %4;\nmov.u32 left, %5;\nmov.u32 wrong, 0;\n"
                "round:\n"
                "ld.volatile.global.v2.u32 {e, k}, [at];\n" ALL_UP(WRITE) STICK
                "mov.u32 pass, 0;\nmov.u32 flip, 0;\n"
                "again:\n" LINE "and.b32 x, pass, 6;\nsetp.eq.u32 d, x, 2;\n"
                "@d bra down;\n" ALL_UP(
                        READ_UP) "bra turned;\n"
                                 "down:\n"
                                 "mad.lo.u32 e, k, 239, e;\n" ALL_DOWN(
                                         READ_DOWN) "turned:\n" STICK
                                                    "setp.ne.u32 p, wrong, 0;\n@p bra look;\n"
                                                    "xor.b32 flip, flip, %6;\nadd.u32 pass, pass, "
                                                    "1;\n"
                                                    "setp.lt.u32 p, pass, 5;\n@p bra again;\n"
                                                    "add.u64 at, at, 8;\nsub.u32 left, left, 1;\n"
                                                    "setp.ne.u32 p, left, 0;\n@p bra round;\n" NONE
                                                    "bra over;\n"
                                                    "look:\n" NONE
                                                    "xor.b32 flip, flip, %6;\n" LINE ALL_UP(
                                                            LOOK) "setp.ne.u32 p, %0, 0;\n@p bra "
                                                                  "over;\n"
                                                                  "setp.eq.u32 p, left, 0;\n@p bra "
                                                                  "lost;\n" ALL_UP(TURN) STICK
                "mov.u32 left, 0;\nbra look;\n"
                "lost:\n"
                "mov.u32 %0, 1;\nmov.u32 %1, 240;\nmov.u32 %2, wrong;\n"
                "over:\n}\n"
                : "=&r"(w.count), "=&r"(w.number), "=&r"(w.found), "=&r"(w.expected)
                : "l"(lines), "r"(rounds), "r"(all)
                : "memory");
        return w;
}

KERNEL __attribute__((launch_bounds(SRAM_THREADS, 1)))
sram_registers(struct check_report *report, const struct sram_line *lines, u32 rounds, u32 all)
{
        struct wrong_register w;

#ifdef FORESTAGE_SABOTEUR
        stick_register(report);
#endif
        w = march_registers(lines, rounds, all);
        if (w.count)
                wrong_result(report, thread_x() * SRAM_NUMBERS + w.number, w.expected, w.found);
        sets_done(report, 0, rounds);
}

/* --- caches: words that hold their own addresses, or the complements --- */

KERNEL sram_write(u64 *data, u64 words, u64 flip)
{
        for (u64 i = global_x(); i < words; i += stride_x())
                data[i] = (u64)(data + i) ^ flip;
}

struct level1 {
        static __device__ inline void read(const u64 *at, u64 &low, u64 &high)
        {
                asm volatile("ld.global.ca.v2.u64 {%0, %1}, [%2];"
                             : "=l"(low), "=l"(high)
                             : "l"(at));
        }
};

/* Where all multiprocessors meet: no other cache may answer. */
struct level2 {
        static __device__ inline void read(const u64 *at, u64 &low, u64 &high)
        {
                asm volatile("ld.relaxed.gpu.global.v2.u64 {%0, %1}, [%2];"
                             : "=l"(low), "=l"(high)
                             : "l"(at));
        }
};

/* Word by word, where something of a batch is wrong. */
DEVICE void look_closely(struct check_report *report, const u64 *mine, u64 flip, const u64 *found)
{
#pragma unroll 1
        for (u32 i = 0; i < 2 * SRAM_BATCH; i++) {
                const u64 *at = mine + i / 2 * 2 * block_size_x() + i % 2;

                if (found[i] != ((u64)at ^ flip))
                        wrong_result(report, (u64)at, (u64)at ^ flip, found[i]);
        }
}

/* Of as many words as the block reads at once: a batch is read before any of it is compared. */
template <class level> DEVICE void read_part(struct check_report *report, const u64 *part, u64 flip)
{
        const u64 *mine = part + 2 * thread_x();
        u64 found[2 * SRAM_BATCH], wrong = 0;

#pragma unroll
        for (u32 i = 0; i < SRAM_BATCH; i++)
                level::read(mine + i * 2 * block_size_x(), found[2 * i], found[2 * i + 1]);
#pragma unroll
        for (u32 i = 0; i < SRAM_BATCH; i++) {
                u64 own = (u64)(mine + i * 2 * block_size_x());

                wrong |= found[2 * i] ^ own ^ flip;
                wrong |= found[2 * i + 1] ^ (own + 8) ^ flip;
        }
        if (__builtin_expect(wrong == 0, 1))
                return;

        volatile u64 copy[2 * SRAM_BATCH];

#pragma unroll
        for (u32 i = 0; i < 2 * SRAM_BATCH; i++)
                copy[i] = found[i];
        look_closely(report, mine, flip, (const u64 *)copy);
}

/* Every block its own parts, again and again: they stay in the cache of its multiprocessor. */
template <class level>
DEVICE void read_own(struct check_report *report, const u64 *data, u64 flip, u32 parts, u32 sweeps)
{
        const u32 words = 2 * SRAM_BATCH * block_size_x();

#pragma unroll 1
        for (u32 sweep = 0; sweep < sweeps; sweep++) {
#pragma unroll 1
                for (u32 part = 0; part < parts; part++)
                        read_part<level>(
                                report, data + ((u64)block_x() * parts + part) * words, flip);
        }
        sets_done(report, 0, sweeps);
}

KERNEL __attribute__((launch_bounds(SRAM_LEVEL1_BLOCK, 1)))
sram_level1(struct check_report *report, const u64 *data, u64 flip, u32 parts, u32 sweeps)
{
        read_own<level1>(report, data, flip, parts, sweeps);
}

/* The same past that cache. */
KERNEL __attribute__((launch_bounds(SRAM_LEVEL1_BLOCK, 1)))
sram_beyond1(struct check_report *report, const u64 *data, u64 flip, u32 parts, u32 sweeps)
{
        read_own<level2>(report, data, flip, parts, sweeps);
}

/* The blocks share the parts, and have others in the next sweep. */
KERNEL __attribute__((launch_bounds(SRAM_LEVEL2_BLOCK, 4)))
sram_level2(struct check_report *report, const u64 *data, u64 flip, u32 parts, u32 sweeps)
{
        const u32 words = 2 * SRAM_BATCH * SRAM_LEVEL2_BLOCK;

#pragma unroll 1
        for (u32 sweep = 0; sweep < sweeps; sweep++) {
#pragma unroll 1
                for (u32 part = block_x(); part < parts; part += grid_size_x()) {
                        u32 other = (part + sweep * SRAM_LEVEL2_SHIFT) % parts;

                        read_part<level2>(report, data + (u64)other * words, flip);
                }
        }
        sets_done(report, 0, sweeps);
}

/* --- atomic operations in the second-level cache, where all multiprocessors meet --- */

DEVICE u32 atomic_kind(u64 word)
{
        return (u32)(word / WARP_SIZE) % SRAM_ATOMIC_KINDS;
}

/* Each turn has four bits of its own to set, or to clear: none hides another. */
DEVICE u64 atomic_value(u32 kind, u64 word, u32 turn)
{
        u64 value = (word * SRAM_ATOMIC_TURNS + turn + 1) * 0x9e3779b97f4a7c15ull;
        u64 own = value & 0xfull << 64 / SRAM_ATOMIC_TURNS * turn;

        return kind == 2 ? own : kind == 3 ? ~own : value;
}

/* What a word holds at first: with it, the first value comes out. */
DEVICE u64 atomic_first(u32 kind)
{
        return kind == 3 || kind == 5 ? ~0ull : 0;
}

/* What comes of a value that is there and another: the multiprocessor's own way. */
DEVICE u64 atomic_plain(u32 kind, u64 a, u64 b)
{
        switch (kind) {
        case 0:
                return a + b;
        case 1:
                return a ^ b;
        case 2:
                return a | b;
        case 3:
                return a & b;
        case 4:
                return a > b ? a : b;
        default:
                return a < b ? a : b;
        }
}

#define ATOMIC(operation, at, value)                                                          \
        asm volatile("red.global." operation " [%0], %1;" ::"l"(at), "l"(value) : "memory")

DEVICE void atomic_add(u32 kind, u64 *at, u64 value)
{
        switch (kind) {
        case 0:
                ATOMIC("add.u64", at, value);
                break;
        case 1:
                ATOMIC("xor.b64", at, value);
                break;
        case 2:
                ATOMIC("or.b64", at, value);
                break;
        case 3:
                ATOMIC("and.b64", at, value);
                break;
        case 4:
                ATOMIC("max.u64", at, value);
                break;
        default:
                ATOMIC("min.u64", at, value);
        }
}

KERNEL sram_atomic_first(u64 *data, u64 words)
{
        for (u64 i = global_x(); i < words; i += stride_x())
                data[i] = atomic_first(atomic_kind(i));
}

/* In each turn a word is another block's: all multiprocessors work on all words. */
KERNEL sram_atomic_add(struct check_report *report, u64 *data, u64 words)
{
        for (u32 turn = 0; turn < SRAM_ATOMIC_TURNS; turn++) {
                u64 from = (block_x() + turn * SRAM_LEVEL2_SHIFT) % grid_size_x() * block_size_x();

                for (u64 i = from + thread_x(); i < words; i += stride_x()) {
                        u32 kind = atomic_kind(i);

                        atomic_add(kind, data + i, atomic_value(kind, i, turn));
                }
        }
        set_done(report, 0);
}

KERNEL sram_atomic_check(struct check_report *report, const u64 *data, u64 words)
{
        for (u64 i = global_x(); i < words; i += stride_x()) {
                u32 kind = atomic_kind(i);
                u64 wanted = atomic_first(kind), found = ((const volatile u64 *)data)[i];

                for (u32 turn = 0; turn < SRAM_ATOMIC_TURNS; turn++)
                        wanted = atomic_plain(
                                kind, wanted, atomic_value(kind, i, turn));
                if (__builtin_expect(found != wanted, 0))
                        wrong_result(report, (u64)(data + i), wanted, found);
        }
}
