/*
 * The CUDA Driver API for tests of the interpreter: the interpreter itself, linked in, or another
 * library that FORESTAGE_TEST_LIBCUDA names, such as a GPU's own. So the same expectations can be
 * held against hardware.
 */
#pragma once

#include <stdbool.h>

#include "rehearsal/driver/cuda_api.h"

#define GPU_FUNCTIONS(X)        \
        X(cuInit)               \
        X(cuDriverGetVersion)   \
        X(cuGetErrorName)       \
        X(cuDeviceGet)          \
        X(cuDeviceGetCount)     \
        X(cuDeviceGetName)      \
        X(cuCtxCreate_v2)       \
        X(cuCtxDestroy_v2)      \
        X(cuCtxSynchronize)     \
        X(cuModuleLoadDataEx)   \
        X(cuModuleUnload)       \
        X(cuModuleGetFunction)  \
        X(cuModuleGetGlobal_v2) \
        X(cuFuncGetAttribute)   \
        X(cuFuncSetAttribute)   \
        X(cuMemAlloc_v2)        \
        X(cuMemFree_v2)         \
        X(cuMemcpyHtoD_v2)      \
        X(cuMemcpyDtoH_v2)      \
        X(cuMemsetD8_v2)        \
        X(cuLaunchKernel)

struct gpu {
        bool is_hardware;
        CUcontext context;
#define DECLARE(name) __typeof__(name) *name;
        GPU_FUNCTIONS(DECLARE)
#undef DECLARE
};

extern struct gpu gpu;

/* Loads the library, initialises it and makes a context; fails the test when it cannot. */
void gpu_open(void);

/* Loads a module; prints the driver's log and fails the test when it is refused. */
CUmodule gpu_load(const char *ptx);

/* The error of loading a module, and the log's text. */
CUresult gpu_load_error(const char *ptx, char *ret_log, size_t size);

CUfunction gpu_function(CUmodule module, const char *name);

/* Device memory with a copy of `data` (or zeros when it is NULL). */
CUdeviceptr gpu_upload(const void *data, size_t size);
void gpu_download(void *ret_data, CUdeviceptr from, size_t size);

/* Launches a kernel and waits: the error of either. */
CUresult gpu_run(CUfunction function, unsigned blocks, unsigned threads, void **params);
