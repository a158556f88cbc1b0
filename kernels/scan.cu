/*
 * Warp by warp: sums[i] is the inclusive prefix sum of values within each 32 elements, and odd[w]
 * has bit l set when element l of warp w is odd. `count` is a multiple of 32, and so is the block.
 */
#include "device.h"

KERNEL scan(const int *values, int *sums, u32 *odd, u32 count)
{
        u32 i = global_x();
        u32 lane = thread_x() % WARP_SIZE;

        if (i >= count)
                return;

        int sum = values[i];
        u32 ballot = __nvvm_vote_ballot_sync(ALL_LANES, sum & 1);

        for (u32 distance = 1; distance < WARP_SIZE; distance *= 2) {
                int below = __nvvm_shfl_sync_up_i32(ALL_LANES, sum, (int)distance, 0);

                if (lane >= distance)
                        sum += below;
        }
        sums[i] = sum;
        if (lane == 0)
                odd[i / WARP_SIZE] = ballot;
}
