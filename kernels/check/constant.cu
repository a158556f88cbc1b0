/*
 * The caches of constant memory: every warp of every multiprocessor reads all 64 KiB of it, with
 * one address for all threads, and with one for each, and compares it with what it computes.
 */
#define SRAM_FUNCTION static inline __attribute__((device))
#include "result.h"
#include "sram.h"

/* The CPU fills it. */
extern "C" {
__attribute__((constant, aligned(16))) u32 constant_words[SRAM_CONSTANT_WORDS];
}

DEVICE void read_constants(u32 word, u32 *ret_found)
{
        asm volatile("{\n.reg .b64 at;\n"
                     "mov.u64 at, constant_words;\n"
                     "add.u64 at, at, %4;\n"
                     "ld.const.v4.u32 {%0, %1, %2, %3}, [at];\n}\n"
                     : "=r"(ret_found[0]), "=r"(ret_found[1]), "=r"(ret_found[2]),
                     "=r"(ret_found[3])
                     : "l"(4ull * word));
}

/* Four words from `word` on. */
DEVICE void compare_constants(struct check_report *report, u32 word, u32 flip)
{
        u32 found[4], wrong = 0;

        read_constants(word, found);
#ifdef FORESTAGE_SABOTEUR
        if (word == report->sabotage.bit * 1009 % SRAM_CONSTANT_WORDS / 64 * 64)
                spoil(report, found[1], 0, 0);
#endif
#pragma unroll
        for (u32 i = 0; i < 4; i++)
                wrong |= found[i] ^ sram_constant(word + i) ^ flip;
        if (__builtin_expect(wrong == 0, 1))
                return;
#pragma unroll
        for (u32 i = 0; i < 4; i++) {
                u32 wanted = sram_constant(word + i) ^ flip;

                if (found[i] != wanted)
                        wrong_result(report, 4ull * (word + i), wanted, found[i]);
        }
}

/* With one address for each thread, the words of a warp's are far from each other. */
KERNEL __attribute__((launch_bounds(SRAM_THREADS, 1)))
sram_constants(struct check_report *report, u32 flip, u32 rounds)
{
        const u32 groups = SRAM_CONSTANT_WORDS / 4, lane = thread_x() % WARP_SIZE;

#pragma unroll 1
        for (u32 round = 0; round < rounds; round++) {
#pragma unroll 1
                for (u32 n = 0; n < groups; n++)
                        compare_constants(report, 4 * n, flip);
#pragma unroll 1
                for (u32 n = 0; n < groups / WARP_SIZE; n++)
                        compare_constants(
                                report, 4 * (lane * (groups / WARP_SIZE) + n), flip);
                set_done(report, 0);
        }
}
