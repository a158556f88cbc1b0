#include "runner/check/check_gpu.h"

#include <stdio.h>
#include <string.h>

bool gpu_succeed(struct check_gpu *gpu, CUresult result, const char *call)
{
        if (result == CUDA_SUCCESS)
                return gpu->result == CUDA_SUCCESS;
        if (gpu->result == CUDA_SUCCESS) {
                cuda_explain(&gpu->cuda, result, call, gpu->error);
                gpu->result = result;
        }
        return false;
}

static bool ask(struct check_gpu *gpu, int attribute, int *ret_value)
{
        return GPU(gpu, cuDeviceGetAttribute, ret_value, attribute, gpu->device);
}

bool gpu_prepare(struct check_gpu *gpu)
{
        return ask(gpu, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, &gpu->multiprocessors) &&
               ask(gpu, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, &gpu->compute_major) &&
               ask(gpu, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, &gpu->compute_minor) &&
               GPU(gpu, cuStreamCreate, &gpu->stream, CU_STREAM_NON_BLOCKING) &&
               GPU(gpu, cuEventCreate, &gpu->start, 0) && GPU(gpu, cuEventCreate, &gpu->end, 0);
}

bool gpu_load(struct check_gpu *gpu, const char *ptx, unsigned level, const char *name,
        CUmodule *ret_module)
{
        const char *complaints;
        CUresult result = cuda_load(&gpu->cuda, ptx, level, ret_module, &complaints);
        bool fresh = gpu->result == CUDA_SUCCESS;
        char call[64];

        snprintf(call, sizeof(call), "compiling the %s kernels", name);
        if (gpu_succeed(gpu, result, call))
                return true;
        if (fresh && complaints[0])
                snprintf(gpu->error + strlen(gpu->error), sizeof(gpu->error) - strlen(gpu->error),
                        ": %s", complaints);
        return false;
}

bool gpu_function(
        struct check_gpu *gpu, CUmodule module, const char *name, CUfunction *ret_function)
{
        return gpu_succeed(gpu, gpu->cuda.cuModuleGetFunction(ret_function, module, name), name);
}

bool gpu_launch(struct check_gpu *gpu, CUfunction function, unsigned grid, unsigned block,
        void **parameters)
{
        return gpu->result == CUDA_SUCCESS && GPU(gpu, cuLaunchKernel, function, grid, 1, 1, block,
                                                      1, 1, 0, gpu->stream, parameters, NULL);
}

bool gpu_launch_each(struct check_gpu *gpu, CUfunction function, unsigned block, void **parameters)
{
        int bytes = 0;

        if (!ask(gpu, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, &bytes))
                return false;
        bytes = bytes / 2 + 1024;
        return GPU(gpu, cuFuncSetAttribute, function,
                       CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, bytes) &&
               GPU(gpu, cuLaunchKernel, function, (unsigned)gpu->multiprocessors, 1, 1, block, 1, 1,
                       (unsigned)bytes, gpu->stream, parameters, NULL);
}

bool gpu_allocate(struct check_gpu *gpu, uint64_t bytes, CUdeviceptr *ret_address)
{
        return GPU(gpu, cuMemAlloc, ret_address, bytes);
}

bool gpu_free(struct check_gpu *gpu, CUdeviceptr address)
{
        return GPU(gpu, cuMemFree, address);
}

/*
 * In the stream, and not by cuMemcpyHtoD: of memory that is not pinned that returns when the bytes
 * are in the driver's hands, not when they are there ("API synchronization behavior" of the CUDA
 * Driver API), and a stream that is not blocking does not wait for the rest.
 */
bool gpu_upload(struct check_gpu *gpu, CUdeviceptr to, const void *from, uint64_t bytes)
{
        return GPU(gpu, cuMemcpyHtoDAsync, to, from, bytes, gpu->stream) && gpu_wait(gpu);
}

bool gpu_download(struct check_gpu *gpu, void *to, CUdeviceptr from, uint64_t bytes)
{
        return gpu_wait(gpu) && GPU(gpu, cuMemcpyDtoH, to, from, bytes);
}

bool gpu_time_start(struct check_gpu *gpu)
{
        return GPU(gpu, cuEventRecord, gpu->start, gpu->stream);
}

bool gpu_time_end(struct check_gpu *gpu, double *ret_seconds)
{
        float ms = 0;

        if (!GPU(gpu, cuEventRecord, gpu->end, gpu->stream) ||
                !gpu_succeed(gpu, gpu->cuda.cuEventSynchronize(gpu->end), "the kernel") ||
                !GPU(gpu, cuEventElapsedTime, &ms, gpu->start, gpu->end))
                return false;
        *ret_seconds = (double)ms / 1e3;
        return true;
}

bool gpu_wait(struct check_gpu *gpu)
{
        return GPU(gpu, cuStreamSynchronize, gpu->stream);
}
