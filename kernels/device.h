/*
 * What a kernel needs from CUDA's language, through clang's own builtins: no CUDA SDK is read.
 * Only for files that clang compiles with `-x cuda --cuda-device-only -nocudainc -nocudalib`.
 */
#pragma once

#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __shared__ __attribute__((shared))

/*
 * Memory of a block. Declare it at file scope: clang gives a __shared__ variable of a function
 * internal linkage, and LLVM 14 then believes that a barrier cannot change it and moves reads of it
 * across (seen in the PTX of a last-block flag).
 */
#define SHARED __shared__

/* A kernel's name as the job file gives it in Function=. */
#define KERNEL extern "C" __global__ void
#define DEVICE static inline __device__

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

#define WARP_SIZE 32u
#define ALL_LANES 0xffffffffu

/* Place of the thread in its block and of the block in the grid; 32 bits, as in the hardware. */
DEVICE u32 thread_x(void)
{
        return __nvvm_read_ptx_sreg_tid_x();
}

DEVICE u32 thread_y(void)
{
        return __nvvm_read_ptx_sreg_tid_y();
}

DEVICE u32 block_x(void)
{
        return __nvvm_read_ptx_sreg_ctaid_x();
}

DEVICE u32 block_y(void)
{
        return __nvvm_read_ptx_sreg_ctaid_y();
}

DEVICE u32 block_size_x(void)
{
        return __nvvm_read_ptx_sreg_ntid_x();
}

DEVICE u32 grid_size_x(void)
{
        return __nvvm_read_ptx_sreg_nctaid_x();
}

/* First element of a thread, and the distance to its next, when a grid strides over an array. */
DEVICE u32 global_x(void)
{
        return block_x() * block_size_x() + thread_x();
}

DEVICE u32 stride_x(void)
{
        return grid_size_x() * block_size_x();
}

/* Waits for all threads of the block; their writes to shared memory are visible afterwards. */
DEVICE void block_barrier(void)
{
        __syncthreads();
}

/* Orders this thread's writes before its later ones, for the whole device. */
DEVICE void device_fence(void)
{
        __nvvm_membar_gl();
}
