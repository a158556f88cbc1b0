/*
 * The GPU as the checks use it: the Driver API with errors kept as text, one stream, events for
 * time, launches with a list of parameters. Every call returns false after the first failure, and
 * `error` says what it was.
 */
#pragma once

#include "runner/machine/cuda.h"

#define CHECK_GPU_ERROR 1024u

struct check_gpu {
        struct cuda cuda;
        CUdevice device;
        CUcontext context;
        CUstream stream;
        CUevent start, end;
        int multiprocessors, compute_major, compute_minor;
        CUresult result;             /* of the call that failed; CUDA_SUCCESS: none did */
        char error[CHECK_GPU_ERROR]; /* what it was */
};

/* Keeps the first failure. True when the call succeeded and none failed before. */
bool gpu_succeed(struct check_gpu *gpu, CUresult result, const char *call);

/* The same of a call by its name: GPU(gpu, cuMemAlloc, &address, bytes). */
#define GPU(gpu, name, ...) gpu_succeed((gpu), (gpu)->cuda.name(__VA_ARGS__), #name)

/* Makes stream and events, and asks the device what it is; the context exists. */
bool gpu_prepare(struct check_gpu *gpu);

/* Compiles PTX at an optimisation level (0 to 4), with the compiler's complaint in `error`. */
bool gpu_load(struct check_gpu *gpu, const char *ptx, unsigned level, const char *name,
        CUmodule *ret_module);
bool gpu_function(
        struct check_gpu *gpu, CUmodule module, const char *name, CUfunction *ret_function);

/* Launches on the stream, one-dimensional. */
bool gpu_launch(struct check_gpu *gpu, CUfunction function, unsigned grid, unsigned block,
        void **parameters);

/* A block on each multiprocessor: with so much shared memory that there is no room for two. */
bool gpu_launch_each(struct check_gpu *gpu, CUfunction function, unsigned block, void **parameters);

bool gpu_allocate(struct check_gpu *gpu, uint64_t bytes, CUdeviceptr *ret_address);
bool gpu_free(struct check_gpu *gpu, CUdeviceptr address);

/* Behind what is in the stream, and before what comes behind it. Both wait. */
bool gpu_upload(struct check_gpu *gpu, CUdeviceptr to, const void *from, uint64_t bytes);
bool gpu_download(struct check_gpu *gpu, void *to, CUdeviceptr from, uint64_t bytes);

/* Time of the GPU between the two, in seconds. The end waits. */
bool gpu_time_start(struct check_gpu *gpu);
bool gpu_time_end(struct check_gpu *gpu, double *ret_seconds);

/* Waits for the stream. */
bool gpu_wait(struct check_gpu *gpu);
