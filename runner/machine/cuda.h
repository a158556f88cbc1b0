/*
 * The part of the CUDA Driver API that the runner uses, from its documented binary interface, and
 * the loader that finds it in libcuda.so.1 at run time. Nothing is linked against a driver.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/fabric.h"
#include "lib/why.h"
#include "runner/record/device.h"

typedef int CUresult; /* 0: success */
typedef int CUdevice;
typedef struct CUctx_st *CUcontext;
typedef struct CUmod_st *CUmodule;
typedef struct CUfunc_st *CUfunction;
typedef struct CUstream_st *CUstream;
typedef struct CUevent_st *CUevent;
typedef uint64_t CUdeviceptr;
typedef struct {
        unsigned char bytes[16];
} CUuuid;

enum {
        CUDA_SUCCESS = 0,
        CUDA_ERROR_OUT_OF_MEMORY = 2,
        CUDA_ERROR_ECC_UNCORRECTABLE = 214,
        CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED = 704,
        CUDA_ERROR_NOT_READY = 600,
        CUDA_ERROR_SYSTEM_NOT_READY = 802,

        /* CUdevice_attribute */
        CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT = 16,
        CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE = 36,
        CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH = 37,
        CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE = 38,
        CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR = 75,
        CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR = 76,
        CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR = 81,
        CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN = 97,

        /* CUfunction_attribute */
        CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK = 0,
        CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES = 1,
        CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES = 3,
        CU_FUNC_ATTRIBUTE_NUM_REGS = 4,
        CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES = 8,

        /* CUjit_option */
        CU_JIT_INFO_LOG_BUFFER = 3,
        CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES = 4,
        CU_JIT_ERROR_LOG_BUFFER = 5,
        CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES = 6,
        CU_JIT_OPTIMIZATION_LEVEL = 7,

        CU_MEMHOSTALLOC_DEVICEMAP = 2,
        CU_MEMHOSTALLOC_WRITECOMBINED = 4,
        CU_STREAM_NON_BLOCKING = 1,
};

/* The functions, under their names without the version suffix of the symbol. */
struct cuda {
        void *library;
        bool rehearsal; /* it is this project's interpreter: it says so by a symbol of its own */
        /* Its own, too: kernels reach no memory of other parts of the program; else NULL. */
        void (*forestage_rehearsal_part)(unsigned part);
        CUresult (*cuInit)(unsigned flags);
        CUresult (*cuDriverGetVersion)(int *version);
        CUresult (*cuGetErrorName)(CUresult error, const char **name);
        CUresult (*cuGetErrorString)(CUresult error, const char **text);
        CUresult (*cuDeviceGetCount)(int *count);
        CUresult (*cuDeviceGet)(CUdevice *device, int ordinal);
        CUresult (*cuDeviceGetName)(char *name, int length, CUdevice device);
        CUresult (*cuDeviceGetUuid)(CUuuid *uuid, CUdevice device);
        CUresult (*cuDeviceGetPCIBusId)(char *id, int length, CUdevice device);
        CUresult (*cuDeviceTotalMem)(size_t *bytes, CUdevice device);
        CUresult (*cuDeviceGetAttribute)(int *value, int attribute, CUdevice device);
        CUresult (*cuCtxCreate)(CUcontext *context, unsigned flags, CUdevice device);
        CUresult (*cuCtxSynchronize)(void);
        CUresult (*cuModuleLoadDataEx)(
                CUmodule *module, const void *image, unsigned options, int *option, void **value);
        /* what kernel jobs that share a context need besides; NULL where the driver is too old */
        CUresult (*cuModuleUnload)(CUmodule module);
        CUresult (*cuCtxGetLimit)(size_t *value, int limit);
        CUresult (*cuModuleGetFunction)(CUfunction *function, CUmodule module, const char *name);
        CUresult (*cuFuncGetAttribute)(int *value, int attribute, CUfunction function);
        CUresult (*cuFuncSetAttribute)(CUfunction function, int attribute, int value);
        /* CUDA 12.4 and newer; NULL where the driver is older */
        CUresult (*cuFuncGetParamInfo)(
                CUfunction function, size_t index, size_t *offset, size_t *size);
        CUresult (*cuMemAlloc)(CUdeviceptr *address, size_t bytes);
        CUresult (*cuMemcpyHtoD)(CUdeviceptr to, const void *from, size_t bytes);
        CUresult (*cuMemcpyDtoH)(void *to, CUdeviceptr from, size_t bytes);
        CUresult (*cuMemcpyDtoHAsync)(void *to, CUdeviceptr from, size_t bytes, CUstream stream);
        CUresult (*cuMemHostAlloc)(void **address, size_t bytes, unsigned flags);
        CUresult (*cuStreamCreate)(CUstream *stream, unsigned flags);
        CUresult (*cuStreamSynchronize)(CUstream stream);
        CUresult (*cuMemsetD8)(CUdeviceptr to, unsigned char value, size_t count);
        CUresult (*cuMemsetD32)(CUdeviceptr to, unsigned value, size_t count);
        CUresult (*cuLaunchKernel)(CUfunction function, unsigned grid_x, unsigned grid_y,
                unsigned grid_z, unsigned block_x, unsigned block_y, unsigned block_z,
                unsigned shared_bytes, CUstream stream, void **parameters, void **extra);

        /* what only the checks use, the first two of it jobs that share a context, and what copies,
         * fills and times in a stream those that run side by side; NULL where the driver is too old
         * for them */
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
        CUresult (*cuMemsetD32Async)(CUdeviceptr to, unsigned value, size_t count, CUstream stream);
        CUresult (*cuEventCreate)(CUevent *event, unsigned flags);
        CUresult (*cuEventRecord)(CUevent event, CUstream stream);
        CUresult (*cuEventSynchronize)(CUevent event);
        CUresult (*cuEventQuery)(CUevent event);
        CUresult (*cuEventElapsedTime)(float *milliseconds, CUevent start, CUevent end);
        CUresult (*cuStreamWaitEvent)(CUstream stream, CUevent event, unsigned flags);
        CUresult (*cuOccupancyMaxActiveBlocksPerMultiprocessor)(
                int *blocks, CUfunction function, int block_size, size_t shared);
        CUresult (*cuModuleGetGlobal)(
                CUdeviceptr *address, size_t *bytes, CUmodule module, const char *name);
        CUresult (*cuDeviceCanAccessPeer)(int *can, CUdevice device, CUdevice peer);
        CUresult (*cuCtxSetCurrent)(CUcontext context);
        CUresult (*cuCtxGetCurrent)(CUcontext *context);
        /* what only the ladder uses; NULL where the driver has it not */
        CUresult (*cuMemFreeHost)(void *memory);
        /* of several GPUs; NULL in the rehearsal */
        CUresult (*cuCtxDestroy)(CUcontext context);
        CUresult (*cuCtxEnablePeerAccess)(CUcontext peer, unsigned flags);
        CUresult (*cuMemcpyPeerAsync)(CUdeviceptr to, CUcontext to_context, CUdeviceptr from,
                CUcontext from_context, size_t bytes, CUstream stream);
};

/* Loads libcuda.so.1. When false, `why` (WHY_SIZE bytes) says what is missing. */
bool cuda_open(struct cuda *ret_cuda, char *why);

/* Whether it has what the checks use; `why` as above. */
bool cuda_has_checks(const struct cuda *cuda, char *why);

/*
 * Compiles PTX, or takes a binary, for the current context. `level` is that of optimisation, from 0
 * to CUDA_OPTIMISE_MOST; `ret_complaints` what the compiler had to say, until the next call.
 */
#define CUDA_OPTIMISE_MOST 4u
CUresult cuda_load(const struct cuda *cuda, const void *image, unsigned level, CUmodule *ret_module,
        const char **ret_complaints);

/* "GPU-xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx" of the device. */
CUresult cuda_uuid(const struct cuda *cuda, CUdevice device, char ret_uuid[DEVICE_UUID_LENGTH + 1]);

/* Asks a GPU who it is. When false, `why` (WHY_SIZE bytes) says which call failed how. */
bool cuda_describe(const struct cuda *cuda, int index, struct device *ret_device, char *why);

/*
 * "cuInit: CUDA_ERROR_NO_DEVICE (100), no CUDA-capable device is detected", and what to do where
 * the driver's text leaves that open; WHY_SIZE bytes.
 */
void cuda_explain(const struct cuda *cuda, CUresult error, const char *call, char *ret_text);

/*
 * What the stage said of Fabric Manager, for cuda_explain, in this process and in those that it
 * forks from now on.
 */
void cuda_set_fabric(enum fabric_state state);

/*
 * Where Fabric Manager runs, waits until CUDA can be initialised, as long as the reason why not is
 * that the system is not ready: GPUs since Hopper register with it only after it has set the
 * NVSwitches up. At most so many seconds; to be called before CUDA is initialised.
 */
void cuda_await_fabric(double seconds);
