/* The calls of the Driver API that only the checks use, found in the library that cuda.h opened. */
#ifndef FORESTAGE_RUNNER_CHECK_CHECK_CUDA_H
#define FORESTAGE_RUNNER_CHECK_CHECK_CUDA_H

#include "runner/machine/cuda.h"

typedef struct CUevent_st *CUevent;

enum {
        CUDA_ERROR_OUT_OF_MEMORY = 2,
        CUDA_ERROR_ECC_UNCORRECTABLE = 214,
        CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED = 704,

        CU_JIT_OPTIMIZATION_LEVEL = 7,
        CU_MEMHOSTALLOC_DEVICEMAP = 2,
        CU_STREAM_NON_BLOCKING = 1,
        CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE = 36,
        CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH = 37,
};

struct check_cuda {
        CUresult (*cuMemGetInfo)(size_t *free, size_t *total);
        CUresult (*cuMemFree)(CUdeviceptr address);
        CUresult (*cuMemHostRegister)(void *memory, size_t bytes, unsigned flags);
        CUresult (*cuMemHostUnregister)(void *memory);
        CUresult (*cuMemHostGetDevicePointer)(CUdeviceptr *address, void *memory, unsigned flags);
        CUresult (*cuMemcpyHtoDAsync)(
                CUdeviceptr to, const void *from, size_t bytes, CUstream stream);
        CUresult (*cuMemcpyDtoDAsync)(
                CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream);
        CUresult (*cuMemsetD8Async)(
                CUdeviceptr to, unsigned char value, size_t count, CUstream stream);
        CUresult (*cuEventCreate)(CUevent *event, unsigned flags);
        CUresult (*cuEventRecord)(CUevent event, CUstream stream);
        CUresult (*cuEventSynchronize)(CUevent event);
        CUresult (*cuEventElapsedTime)(float *milliseconds, CUevent start, CUevent end);
        CUresult (*cuStreamWaitEvent)(CUstream stream, CUevent event, unsigned flags);
        CUresult (*cuOccupancyMaxActiveBlocksPerMultiprocessor)(
                int *blocks, CUfunction function, int block_size, size_t shared);
        CUresult (*cuDeviceCanAccessPeer)(int *can, CUdevice device, CUdevice peer);
        CUresult (*cuCtxSetCurrent)(CUcontext context);
        CUresult (*cuCtxGetCurrent)(CUcontext *context);
        /* of several GPUs; NULL in the rehearsal */
        CUresult (*cuCtxDestroy)(CUcontext context);
        CUresult (*cuCtxEnablePeerAccess)(CUcontext peer, unsigned flags);
        CUresult (*cuMemcpyPeerAsync)(CUdeviceptr to, CUcontext to_context, CUdeviceptr from,
                CUcontext from_context, size_t bytes, CUstream stream);
};

/* When false, `why` (CUDA_TEXT_SIZE bytes) says what is missing. */
bool check_cuda_find(const struct cuda *cuda, struct check_cuda *ret_calls, char *why);

#endif
