/*
 * Load that comes and goes on all multiprocessors at the same moments: the products of wgmma.h
 * while the GPU's clock of real time is in an odd half period, nothing in an even one. What a
 * supply that cannot follow does to a result is seen at once: the sums of each round are compared.
 */
#include "steps.h"
#include "wgmma.h"

WGMMA(bf16, "m64n256k16.f32.bf16.bf16", float, "=f", ", 1, 1, 0, 0")

enum gate { GATE_CLOSED, GATE_OPEN, GATE_OVER };

/* What the block's first thread has read of the clock. */
SHARED u32 block_gate;

/* Nanoseconds, the same on all multiprocessors (PTX ISA, %globaltimer); in steps of up to 1 us. */
DEVICE u64 real_time(void)
{
        u64 ns;

        asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(ns)::"memory");
        return ns;
}

/* The same for all threads of the block. */
DEVICE u32 look(u64 end, u64 half_ns)
{
        block_barrier();
        if (thread_x() == 0) {
                u64 now = real_time();

                block_gate = now >= end ? GATE_OVER : now / half_ns % 2 ? GATE_OPEN : GATE_CLOSED;
        }
        block_barrier();
        return *(volatile u32 *)&block_gate;
}

DEVICE void rest(void)
{
        asm volatile("nanosleep.u32 500;");
}

/* What the first thread of a block saw; steps.h has the places. */
DEVICE void tell(struct check_report *report, u64 edges, u64 open_ns)
{
        if (thread_x() != 0)
                return;
        add_global(&report->range[STEPS_EDGES], edges);
        add_global(&report->range[STEPS_OPEN_NS], open_ns);
        add_global(&report->range[STEPS_BLOCKS], (u64)1);
}

KERNEL __attribute__((launch_bounds(WGMMA_THREADS, 1))) steps_bf16(struct check_report *report,
        const u32 *a, const u32 *b, const u32 *expected, u64 half_ns, u64 total_ns, u32 set)
{
        u64 left[WGMMA_TILES], right[WGMMA_TILES], edges = 0, open_ns = 0;
        u64 end = real_time() + total_ns;
        u32 before = GATE_OVER, rounds = 0, index = set * WGMMA_SUMS * 128 + thread_x() % 128;

#pragma unroll
        for (u32 t = 0; t < WGMMA_TILES; t++) {
                left[t] = descriptor(a_tiles + t * (WGMMA_A_BYTES / 4), 256);
                right[t] = descriptor(b_tiles + t * (WGMMA_B_BYTES / 4), 256);
        }
        fill_tiles(a, b, set);
#pragma unroll 1
        for (u32 gate; (gate = look(end, half_ns)) != GATE_OVER; before = gate) {
                u64 since = real_time();
                float sum[WGMMA_SUMS];

                edges += gate == GATE_OPEN && before == GATE_CLOSED;
                if (gate == GATE_CLOSED) {
                        rest();
                        continue;
                }
                bf16::multiply(sum, left, right);
#ifdef FORESTAGE_SABOTEUR
                spoil(report, sum[99], rounds, set);
#endif
                compare_sums<WGMMA_SUMS>(report, sum, expected + index, 128, index);
                rounds++;
                open_ns += real_time() - since;
        }
        sets_done(report, set, rounds);
        tell(report, edges, open_ns);
}
