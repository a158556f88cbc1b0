#include "runner/check/check_gpu.h"

#include <stdio.h>
#include <string.h>

#define LOG_BYTES 2048

bool gpu_succeed(struct check_gpu *gpu, CUresult result, const char *call)
{
        char text[CUDA_TEXT_SIZE];

        if (result == CUDA_SUCCESS)
                return gpu->result == CUDA_SUCCESS;
        if (gpu->result == CUDA_SUCCESS) {
                cuda_explain(&gpu->cuda, result, call, text);
                snprintf(gpu->error, sizeof(gpu->error), "%s", text);
                gpu->result = result;
        }
        return false;
}

static bool ask(struct check_gpu *gpu, int attribute, int *ret_value)
{
        return gpu_succeed(gpu, gpu->cuda.cuDeviceGetAttribute(ret_value, attribute, gpu->device),
                "cuDeviceGetAttribute");
}

bool gpu_prepare(struct check_gpu *gpu)
{
        const struct check_cuda *calls = &gpu->calls;

        return ask(gpu, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, &gpu->multiprocessors) &&
               ask(gpu, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, &gpu->compute_major) &&
               ask(gpu, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, &gpu->compute_minor) &&
               gpu_succeed(gpu, gpu->cuda.cuStreamCreate(&gpu->stream, CU_STREAM_NON_BLOCKING),
                       "cuStreamCreate") &&
               gpu_succeed(gpu, calls->cuEventCreate(&gpu->start, 0), "cuEventCreate") &&
               gpu_succeed(gpu, calls->cuEventCreate(&gpu->end, 0), "cuEventCreate");
}

bool gpu_load(struct check_gpu *gpu, const char *ptx, unsigned level, const char *name,
        CUmodule *ret_module)
{
        static char info[LOG_BYTES], errors[LOG_BYTES];
        int option[] = { CU_JIT_INFO_LOG_BUFFER, CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES,
                CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES,
                CU_JIT_OPTIMIZATION_LEVEL };
        void *value[] = { info, (void *)(uintptr_t)(sizeof(info) - 1), errors,
                (void *)(uintptr_t)(sizeof(errors) - 1), (void *)(uintptr_t)level };
        CUresult result = gpu->cuda.cuModuleLoadDataEx(ret_module, ptx, 5, option, value);
        bool fresh = gpu->result == CUDA_SUCCESS;
        char call[64];

        snprintf(call, sizeof(call), "compiling the %s kernels", name);
        if (gpu_succeed(gpu, result, call))
                return true;
        if (fresh && errors[0])
                snprintf(gpu->error + strlen(gpu->error), sizeof(gpu->error) - strlen(gpu->error),
                        ": %s", errors);
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
        return gpu->result == CUDA_SUCCESS &&
               gpu_succeed(gpu,
                       gpu->cuda.cuLaunchKernel(
                               function, grid, 1, 1, block, 1, 1, 0, gpu->stream, parameters, NULL),
                       "cuLaunchKernel");
}

bool gpu_allocate(struct check_gpu *gpu, uint64_t bytes, CUdeviceptr *ret_address)
{
        return gpu_succeed(gpu, gpu->cuda.cuMemAlloc(ret_address, bytes), "cuMemAlloc");
}

bool gpu_free(struct check_gpu *gpu, CUdeviceptr address)
{
        return gpu_succeed(gpu, gpu->calls.cuMemFree(address), "cuMemFree");
}

bool gpu_upload(struct check_gpu *gpu, CUdeviceptr to, const void *from, uint64_t bytes)
{
        return gpu_wait(gpu) &&
               gpu_succeed(gpu, gpu->cuda.cuMemcpyHtoD(to, from, bytes), "cuMemcpyHtoD");
}

bool gpu_download(struct check_gpu *gpu, void *to, CUdeviceptr from, uint64_t bytes)
{
        return gpu_wait(gpu) &&
               gpu_succeed(gpu, gpu->cuda.cuMemcpyDtoH(to, from, bytes), "cuMemcpyDtoH");
}

bool gpu_time_start(struct check_gpu *gpu)
{
        return gpu_succeed(gpu, gpu->calls.cuEventRecord(gpu->start, gpu->stream), "cuEventRecord");
}

bool gpu_time_end(struct check_gpu *gpu, double *ret_seconds)
{
        float ms = 0;

        if (!gpu_succeed(gpu, gpu->calls.cuEventRecord(gpu->end, gpu->stream), "cuEventRecord") ||
                !gpu_succeed(gpu, gpu->calls.cuEventSynchronize(gpu->end), "the kernel") ||
                !gpu_succeed(gpu, gpu->calls.cuEventElapsedTime(&ms, gpu->start, gpu->end),
                        "cuEventElapsedTime"))
                return false;
        *ret_seconds = (double)ms / 1e3;
        return true;
}

bool gpu_wait(struct check_gpu *gpu)
{
        return gpu_succeed(gpu, gpu->cuda.cuStreamSynchronize(gpu->stream), "cuStreamSynchronize");
}
