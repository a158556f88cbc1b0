#include "tests/unit/rehearsal/gpu.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/tap.h"

struct gpu gpu;

static void find_functions(void)
{
        const char *path = getenv("FORESTAGE_TEST_LIBCUDA");
        void *library = path ? dlopen(path, RTLD_NOW) : NULL;

        if (path && !library)
                fail_msg("%s", dlerror());
#define FIND(name)                                                             \
        gpu.name = library ? (__typeof__(name) *)dlsym(library, #name) : name; \
        assert_non_null(gpu.name);
        GPU_FUNCTIONS(FIND)
#undef FIND
        gpu.is_hardware = library && !dlsym(library, "forestage_rehearsal");
}

void gpu_open(void)
{
        CUdevice device;

        if (gpu.context)
                return;
        find_functions();
        assert_int_equal(gpu.cuInit(0), CUDA_SUCCESS);
        assert_int_equal(gpu.cuDeviceGet(&device, 0), CUDA_SUCCESS);
        assert_int_equal(gpu.cuCtxCreate_v2(&gpu.context, 0, device), CUDA_SUCCESS);
}

CUresult gpu_load_error(const char *ptx, char *ret_log, size_t size)
{
        int options[] = { CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES };
        void *values[] = { ret_log, (void *)(uintptr_t)size };
        CUmodule module;
        CUresult error;

        ret_log[0] = '\0';
        error = gpu.cuModuleLoadDataEx(&module, ptx, 2, options, values);
        if (error == CUDA_SUCCESS)
                gpu.cuModuleUnload(module);
        return error;
}

CUmodule gpu_load(const char *ptx)
{
        char log[4096] = "";
        int options[] = { CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES };
        void *values[] = { log, (void *)(uintptr_t)sizeof(log) };
        CUmodule module = NULL;
        CUresult error = gpu.cuModuleLoadDataEx(&module, ptx, 2, options, values);

        if (error != CUDA_SUCCESS)
                fail_msg("error %d: %s\n%s", error, log, ptx);
        return module;
}

CUfunction gpu_function(CUmodule module, const char *name)
{
        CUfunction function = NULL;

        assert_int_equal(gpu.cuModuleGetFunction(&function, module, name), CUDA_SUCCESS);
        return function;
}

CUdeviceptr gpu_upload(const void *data, size_t size)
{
        CUdeviceptr address = 0;

        assert_int_equal(gpu.cuMemAlloc_v2(&address, size), CUDA_SUCCESS);
        if (data)
                assert_int_equal(gpu.cuMemcpyHtoD_v2(address, data, size), CUDA_SUCCESS);
        else
                assert_int_equal(gpu.cuMemsetD8_v2(address, 0, size), CUDA_SUCCESS);
        return address;
}

void gpu_download(void *ret_data, CUdeviceptr from, size_t size)
{
        assert_int_equal(gpu.cuMemcpyDtoH_v2(ret_data, from, size), CUDA_SUCCESS);
}

CUresult gpu_run(CUfunction function, unsigned blocks, unsigned threads, void **params)
{
        CUresult error =
                gpu.cuLaunchKernel(function, blocks, 1, 1, threads, 1, 1, 0, NULL, params, NULL);

        return error == CUDA_SUCCESS ? gpu.cuCtxSynchronize() : error;
}
