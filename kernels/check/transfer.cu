/* Kernels that the copy and latency tests need. */
#include "common.h"

/*
 * Keeps a stream busy until the host sets the flag, so that everything behind it is queued when it
 * starts. Gives up after `limit_ns`, lest a mistake hangs the GPU.
 */
KERNEL hold(const u32 *flag, u64 limit_ns)
{
        u64 start, now;

        asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(start));
        do {
                if (*(const volatile u32 *)flag)
                        return;
                asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now));
        } while (now - start < limit_ns);
}

KERNEL nothing(void)
{
}

/* Makes a ring of `count` addresses, each `step` entries after the last. */
KERNEL make_ring(u64 *ring, u32 count, u32 step)
{
        for (u32 i = global_x(); i < count; i += stride_x())
                ring[i] = (u64)(ring + ((u64)i + step) % count);
}

/* Follows it: every load needs the one before. */
KERNEL follow_ring(const u64 *ring, u32 hops, u64 *end)
{
        const u64 *at = ring;

#pragma unroll 1
        for (u32 i = 0; i < hops; i++)
                at = (const u64 *)*(const volatile u64 *)at;
        *end = (u64)at;
}
