/* counts[b] += how often byte b occurs in data: atomics in shared memory, then in global memory. */
#include "device.h"

#define BINS 256u

SHARED u32 local[BINS];

KERNEL histogram(const u8 *data, u64 length, u32 *counts)
{
        for (u32 bin = thread_x(); bin < BINS; bin += block_size_x())
                local[bin] = 0;
        block_barrier();
        for (u64 i = global_x(); i < length; i += stride_x())
                __nvvm_atom_add_gen_i((int *)&local[data[i]], 1);
        block_barrier();
        for (u32 bin = thread_x(); bin < BINS; bin += block_size_x())
                __nvvm_atom_add_gen_i((int *)&counts[bin], (int)local[bin]);
}
