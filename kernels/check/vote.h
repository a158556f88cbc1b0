/*
 * For kernels after which the CPU compares what the quarters of all multiprocessors give for the
 * same inputs: the warps of a quarter share them.
 */
#pragma once

#include "result.h"

/* So many warps of the block are in each quarter. */
SHARED u32 vote_warps[CHECK_QUARTERS];

/* Which of the warps in its quarter this is; after a barrier, `ret_all` says how many there are. */
DEVICE u32 place_in_quarter(u32 *ret_all)
{
        u32 mine = 0;

        if (thread_x() < CHECK_QUARTERS)
                ((volatile u32 *)vote_warps)[thread_x()] = 0;
        block_barrier();
        if (thread_x() % WARP_SIZE == 0)
                mine = __nvvm_atom_add_gen_i((int *)&vote_warps[quarter()], 1);
        block_barrier();
        *ret_all = ((volatile u32 *)vote_warps)[quarter()];
        return __nvvm_shfl_sync_idx_i32(ALL_LANES, mine, 0, 31);
}
