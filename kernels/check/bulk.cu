/*
 * What a multiprocessor copies without its threads: from memory into its shared memory, from there
 * into that of another multiprocessor, with which it forms a cluster, and from there to memory.
 * Words hold their own addresses, or the complements, and are compared after each copy.
 *
 * clang knows no such copies and no clusters. As wgmma.cu, this is compiled for sm_80; the build
 * replaces the target, and tells the entry that clusters have two blocks.
 */
#include "result.h"
#include "sram.h"

#define BULK_BLOCKS 2 /* of a cluster */

/* The block's own words, and behind them those that the other has sent. */
extern SHARED __attribute__((aligned(128))) u64 bulk_words[];

/* Told when what is on its way from memory, or from the other block, is there. */
SHARED u64 bulk_arrivals[2];

DEVICE u32 shared_address(const void *at)
{
        u64 address;

        asm("cvta.to.shared.u64 %0, %1;" : "=l"(address) : "l"(at));
        return (u32)address;
}

/* The same place in the other block. */
DEVICE u32 other_address(const void *at)
{
        u32 rank, address;

        asm("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
        asm("mapa.shared::cluster.u32 %0, %1, %2;"
                : "=r"(address)
                : "r"(shared_address(at)), "r"(rank ^ 1));
        return address;
}

DEVICE void cluster_barrier(void)
{
        asm volatile("barrier.cluster.arrive.release.aligned;\n"
                     "barrier.cluster.wait.acquire.aligned;" ::
                             : "memory");
}

DEVICE void make_arrivals(void)
{
        if (thread_x() == 0) {
                for (u32 i = 0; i < 2; i++)
                        asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(
                                             shared_address(bulk_arrivals + i))
                                     : "memory");
                asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
        }
        cluster_barrier();
}

DEVICE void expect_bytes(u32 arrival, u32 bytes)
{
        asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(
                             shared_address(bulk_arrivals + arrival)),
                     "r"(bytes)
                     : "memory");
}

DEVICE void wait_for(u32 arrival, u32 parity)
{
        asm volatile("{\n.reg .pred there;\n"
                     "wait:\n"
                     "mbarrier.try_wait.parity.shared::cta.b64 there, [%0], %1;\n"
                     "@!there bra wait;\n}\n" ::"r"(shared_address(bulk_arrivals + arrival)),
                     "r"(parity)
                     : "memory");
}

DEVICE void copy_from_memory(const u64 *from, u32 bytes)
{
        expect_bytes(0, bytes);
        asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes "
                     "[%0], [%1], %2, [%3];" ::"r"(shared_address(bulk_words)),
                     "l"(from), "r"(bytes), "r"(shared_address(bulk_arrivals))
                     : "memory");
}

/* As many come as go. */
DEVICE void copy_to_other(u32 words)
{
        const u32 bytes = 8 * words;

        expect_bytes(1, bytes);
        asm volatile("cp.async.bulk.shared::cluster.shared::cta.mbarrier::complete_tx::bytes "
                     "[%0], [%1], %2, [%3];" ::"r"(other_address(bulk_words + words)),
                     "r"(shared_address(bulk_words)), "r"(bytes),
                     "r"(other_address(bulk_arrivals + 1))
                     : "memory");
}

DEVICE void copy_to_memory(u64 *to, u32 words)
{
        asm volatile("cp.async.bulk.global.shared::cta.bulk_group [%0], [%1], %2;\n"
                     "cp.async.bulk.commit_group;\n"
                     "cp.async.bulk.wait_group 0;" ::"l"(to),
                     "r"(shared_address(bulk_words + words)), "r"(8 * words)
                     : "memory");
}

/* What was copied `copies` times before it came to shared memory at `at`, from `from`. */
DEVICE void compare_words(
        struct check_report *report, u32 copies, const u64 *from, u32 words, u64 flip)
{
        const volatile u64 *at = bulk_words + copies * words;

        for (u32 i = thread_x(); i < words; i += SRAM_BULK_THREADS) {
                u64 wanted = (u64)(from + i) ^ flip, found = at[i];

#ifdef FORESTAGE_SABOTEUR
                const struct check_sabotage *sabotage = &report->sabotage;

                if (sabotage->multiprocessor == multiprocessor() + 1 && !sabotage->idle &&
                        copies == sabotage->bit % 2 && i == sabotage->bit * 1009 % words) {
                        found ^= 1ull << sabotage->bit % 64;
                        acted(report);
                }
#endif
                if (__builtin_expect(found != wanted, 0))
                        wrong_result(report, 8ull * (copies * words + i), wanted, found);
        }
}

/*
 * `data` has so many words for each block, and `back` room for as many. The blocks are as many as
 * there are multiprocessors, each of which has room for one.
 */
KERNEL __attribute__((launch_bounds(SRAM_BULK_THREADS, 1))) sram_bulk(struct check_report *report,
        const u64 *data, u64 *back, u64 flip, u32 words, u32 rounds)
{
        const u64 *own = data + (u64)block_x() * words;
        const u64 *other = data + (u64)(block_x() ^ 1) * words;

        make_arrivals();
#pragma unroll 1
        for (u32 round = 0; round < rounds; round++) {
                if (thread_x() == 0)
                        copy_from_memory(own, 8 * words);
                wait_for(0, round % 2);
                compare_words(report, 0, own, words, flip);
                cluster_barrier(); /* the other has compared what came in the round before */
                if (thread_x() == 0)
                        copy_to_other(words);
                wait_for(1, round % 2);
                compare_words(report, 1, other, words, flip);
                if (thread_x() == 0)
                        copy_to_memory(back + (u64)block_x() * words, words);
                set_done(report, 0);
                cluster_barrier(); /* and has what was sent to it */
        }
}

KERNEL sram_bulk_write(u64 *data, u64 words, u64 flip)
{
        for (u64 i = global_x(); i < words; i += stride_x())
                data[i] = (u64)(data + i) ^ flip;
}

/* What came back, by another multiprocessor than brought it. */
KERNEL sram_bulk_back(
        struct check_report *report, const u64 *data, const u64 *back, u64 flip, u32 words)
{
        u32 block = (block_x() + SRAM_LEVEL2_SHIFT) % grid_size_x();

        for (u32 i = thread_x(); i < words; i += block_size_x()) {
                u64 wanted = (u64)(data + (u64)(block ^ 1) * words + i) ^ flip;
                u64 found = ((const volatile u64 *)back)[(u64)block * words + i];

                if (__builtin_expect(found != wanted, 0))
                        wrong_result(report, 8ull * (2 * words + i), wanted, found);
        }
}
