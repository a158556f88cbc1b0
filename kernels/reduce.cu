/*
 * total[0] = sum of data[0..count): every block sums its share in shared memory, and the block that
 * finishes last adds the blocks' sums. `partial` has one element a block; `ticket` starts at zero.
 * Block size: a power of two of at most REDUCE_MAX_BLOCK.
 */
#include "device.h"

#define REDUCE_MAX_BLOCK 1024u

SHARED float sums[REDUCE_MAX_BLOCK];
SHARED u32 is_last;

/* The sum over the block of every thread's `value`; right in thread 0. */
DEVICE float block_sum(float value)
{
        u32 self = thread_x();

        sums[self] = value;
        block_barrier();
        for (u32 half = block_size_x() / 2; half > 0; half /= 2) {
                if (self < half)
                        sums[self] += sums[self + half];
                block_barrier();
        }
        return sums[0];
}

DEVICE float strided_sum(const volatile float *data, u32 first, u32 count, u32 stride)
{
        float sum = 0;

        for (u32 i = first; i < count; i += stride)
                sum += data[i];
        return sum;
}

KERNEL reduce(const float *data, u32 count, float *total, float *partial, u32 *ticket)
{
        float sum = block_sum(strided_sum(data, global_x(), count, stride_x()));

        if (thread_x() == 0) {
                partial[block_x()] = sum;
                device_fence();
                is_last = __nvvm_atom_inc_gen_ui(ticket, grid_size_x() - 1) == grid_size_x() - 1;
        }
        block_barrier();
        if (!is_last)
                return;
        device_fence();
        sum = block_sum(strided_sum(partial, thread_x(), grid_size_x(), block_size_x()));
        if (thread_x() == 0)
                total[0] = sum;
}
