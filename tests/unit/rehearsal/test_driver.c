/* The driver API around the interpreter: devices, contexts, memory, launches, and faults on demand.
 */
#include <stdio.h>

#include "rehearsal/driver/cuda_api.h"
#include "tests/unit/tap.h"

#define HEAD ".version 7.8\n.target sm_90\n.address_size 64\n"

static const char increment[] =
        HEAD ".visible .entry increment(.param .u64 p, .param .u32 by)\n{\n"
             ".reg .b32 r<4>; .reg .b64 d<3>;\n"
             "ld.param.u64 d0, [p]; ld.param.u32 r0, [by]; mov.u32 r1, %tid.x;\n"
             "mul.wide.u32 d1, r1, 4; add.u64 d0, d0, d1; ld.global.u32 r2, [d0];\n"
             "add.u32 r2, r2, r0; st.global.u32 [d0], r2; ret;\n}\n";

static void initialise(const char *devices, const char *fault)
{
        if (devices)
                setenv("FORESTAGE_REHEARSAL_DEVICES", devices, 1);
        else
                unsetenv("FORESTAGE_REHEARSAL_DEVICES");
        if (fault)
                setenv("FORESTAGE_REHEARSAL_FAULT", fault, 1);
        else
                unsetenv("FORESTAGE_REHEARSAL_FAULT");
}

static CUcontext open_context(void)
{
        CUcontext context = NULL;

        assert_int_equal(cuInit(0), CUDA_SUCCESS);
        assert_int_equal(cuCtxCreate_v2(&context, 0, 0), CUDA_SUCCESS);
        return context;
}

static void test_uninitialised(void **state)
{
        CUdeviceptr address;
        int count;

        (void)state;
        assert_int_equal(cuDeviceGetCount(&count), CUDA_ERROR_NOT_INITIALIZED);
        assert_int_equal(cuMemAlloc_v2(&address, 4), CUDA_ERROR_NOT_INITIALIZED);
        assert_int_equal(cuInit(1), CUDA_ERROR_INVALID_VALUE);
        initialise("0", NULL);
        assert_int_equal(cuInit(0), CUDA_ERROR_NO_DEVICE);
        initialise(NULL, "init");
        assert_int_equal(cuInit(0), CUDA_ERROR_UNKNOWN);
        initialise(NULL, NULL);
        assert_int_equal(cuInit(0), CUDA_SUCCESS);
        assert_int_equal(cuMemAlloc_v2(&address, 4), CUDA_ERROR_INVALID_CONTEXT);
}

static void test_devices(void **state)
{
        CUuuid first, second;
        CUdevice device;
        char name[64], pci[16];
        size_t memory = 0;
        int count = 0, major = 0, version = 0;

        (void)state;
        initialise("3", NULL);
        assert_int_equal(cuInit(0), CUDA_SUCCESS);
        assert_int_equal(cuDeviceGetCount(&count), CUDA_SUCCESS);
        assert_int_equal(count, 3);
        assert_int_equal(cuDeviceGet(&device, 3), CUDA_ERROR_INVALID_DEVICE);
        assert_int_equal(cuDeviceGet(&device, 2), CUDA_SUCCESS);
        assert_int_equal(cuDeviceGetName(name, sizeof(name), device), CUDA_SUCCESS);
        assert_string_equal(name, "Forestage rehearsal (no GPU)");
        assert_int_equal(cuDeviceGetPCIBusId(pci, sizeof(pci), 0), CUDA_SUCCESS);
        assert_string_equal(pci, "0000:00:00.0");
        assert_int_equal(cuDeviceGetByPCIBusId(&device, "0000:00:02.0"), CUDA_SUCCESS);
        assert_int_equal(device, 2);
        assert_int_equal(cuDeviceGetUuid_v2(&first, 0), CUDA_SUCCESS);
        assert_int_equal(cuDeviceGetUuid(&second, 1), CUDA_SUCCESS);
        assert_memory_not_equal(&first, &second, sizeof(first));
        assert_int_equal(cuDeviceTotalMem_v2(&memory, 1), CUDA_SUCCESS);
        assert_true(memory > 0);
        assert_int_equal(
                cuDeviceGetAttribute(&major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, 0),
                CUDA_SUCCESS);
        assert_true(major >= 7);
        assert_int_equal(cuDriverGetVersion(&version), CUDA_SUCCESS);
        assert_true(version >= 12000);
        assert_true(*forestage_rehearsal);
        initialise(NULL, NULL);
        assert_int_equal(cuInit(0), CUDA_SUCCESS);
}

static void test_contexts(void **state)
{
        CUcontext a, b, found = NULL, primary = NULL;
        CUdeviceptr address;

        (void)state;
        a = open_context();
        assert_int_equal(cuCtxCreate_v4(&b, NULL, 0, 0), CUDA_SUCCESS);
        assert_int_equal(cuMemAlloc_v2(&address, 100), CUDA_SUCCESS);
        assert_int_equal(cuCtxGetCurrent(&found), CUDA_SUCCESS);
        assert_ptr_equal(found, b);
        assert_int_equal(cuCtxDestroy_v2(b), CUDA_SUCCESS);
        assert_int_equal(cuCtxDestroy_v2(b), CUDA_ERROR_INVALID_CONTEXT);
        assert_int_equal(cuMemFree_v2(address), CUDA_ERROR_INVALID_VALUE); /* went with it */
        assert_int_equal(cuCtxPopCurrent_v2(&found), CUDA_SUCCESS);
        assert_ptr_equal(found, a);
        assert_int_equal(cuCtxSynchronize(), CUDA_ERROR_INVALID_CONTEXT);
        assert_int_equal(cuCtxSetCurrent(a), CUDA_SUCCESS);
        assert_int_equal(cuCtxDestroy_v2(a), CUDA_SUCCESS);
        assert_int_equal(cuDevicePrimaryCtxRetain(&primary, 0), CUDA_SUCCESS);
        assert_int_equal(cuDevicePrimaryCtxRetain(&found, 0), CUDA_SUCCESS);
        assert_ptr_equal(found, primary);
        assert_int_equal(cuCtxSetCurrent(primary), CUDA_SUCCESS);
        assert_int_equal(cuCtxSynchronize(), CUDA_SUCCESS);
        assert_int_equal(cuDevicePrimaryCtxRelease_v2(0), CUDA_SUCCESS);
        assert_int_equal(cuCtxSynchronize(), CUDA_SUCCESS);
        assert_int_equal(cuDevicePrimaryCtxRelease_v2(0), CUDA_SUCCESS);
        assert_int_equal(cuCtxSynchronize(), CUDA_ERROR_CONTEXT_IS_DESTROYED);
        assert_int_equal(cuDevicePrimaryCtxRelease_v2(0), CUDA_ERROR_INVALID_CONTEXT);
        assert_int_equal(cuCtxSetCurrent(NULL), CUDA_SUCCESS);
}

static void test_memory(void **state)
{
        CUcontext context = open_context();
        uint32_t words[4] = { 1, 2, 3, 4 }, back[4] = { 0 };
        CUdeviceptr a, b, base;
        size_t size, free_before, free_after, total;
        void *pinned = NULL;

        (void)state;
        assert_int_equal(cuMemGetInfo_v2(&free_before, &total), CUDA_SUCCESS);
        assert_int_equal(cuMemAlloc_v2(&a, 0), CUDA_ERROR_INVALID_VALUE);
        assert_int_equal(cuMemAlloc_v2(&a, total + 1), CUDA_ERROR_OUT_OF_MEMORY);
        assert_int_equal(cuMemAlloc_v2(&a, sizeof(words)), CUDA_SUCCESS);
        assert_int_equal(cuMemAlloc_v2(&b, 1 << 20), CUDA_SUCCESS);
        assert_int_equal(a % 256, 0);
        assert_int_equal(cuMemGetInfo_v2(&free_after, &total), CUDA_SUCCESS);
        assert_int_equal(free_before - free_after, sizeof(words) + (1 << 20));
        assert_int_equal(cuMemcpyHtoD_v2(a, words, sizeof(words)), CUDA_SUCCESS);
        assert_int_equal(cuMemcpyHtoD_v2(a, words, sizeof(words) + 1), CUDA_ERROR_INVALID_VALUE);
        assert_int_equal(cuMemcpyHtoD_v2(a + 16, words, 4), CUDA_ERROR_INVALID_VALUE);
        assert_int_equal(cuMemcpyDtoD_v2(b + 100, a, sizeof(words)), CUDA_SUCCESS);
        assert_int_equal(cuMemsetD32_v2(b + 104, 0x01020304, 2), CUDA_SUCCESS);
        assert_int_equal(cuMemsetD8_v2(b + 112, 0xff, 2), CUDA_SUCCESS);
        assert_int_equal(cuMemcpyDtoHAsync_v2(back, b + 100, sizeof(back), NULL), CUDA_SUCCESS);
        assert_int_equal(back[0], 1);
        assert_int_equal(back[1], 0x01020304);
        assert_int_equal(back[2], 0x01020304);
        assert_int_equal(back[3], 0x0000ffff);
        assert_int_equal(cuMemGetAddressRange_v2(&base, &size, b + 5000), CUDA_SUCCESS);
        assert_true(base == b && size == 1 << 20);
        assert_int_equal(cuMemHostAlloc(&pinned, 64, 0), CUDA_SUCCESS);
        assert_int_equal(cuMemcpy((CUdeviceptr)(uintptr_t)pinned, a, 16), CUDA_SUCCESS);
        assert_memory_equal(pinned, words, sizeof(words));
        assert_int_equal(cuMemFree_v2((CUdeviceptr)(uintptr_t)pinned), CUDA_ERROR_INVALID_VALUE);
        assert_int_equal(cuMemFreeHost(pinned), CUDA_SUCCESS);
        assert_int_equal(cuMemHostRegister_v2(back, sizeof(back), 0), CUDA_SUCCESS);
        assert_int_equal(cuMemHostRegister_v2(back, sizeof(back), 0),
                CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED);
        assert_int_equal(cuMemHostUnregister(back), CUDA_SUCCESS);
        assert_int_equal(cuMemFree_v2(a), CUDA_SUCCESS);
        assert_int_equal(cuMemFree_v2(a), CUDA_ERROR_INVALID_VALUE);
        assert_int_equal(cuMemFree_v2(0), CUDA_SUCCESS);
        assert_int_equal(cuCtxDestroy_v2(context), CUDA_SUCCESS);
}

static CUfunction load_increment(CUmodule *ret_module)
{
        CUfunction function = NULL;

        assert_int_equal(cuModuleLoadData(ret_module, increment), CUDA_SUCCESS);
        assert_int_equal(cuModuleGetFunction(&function, *ret_module, "increment"), CUDA_SUCCESS);
        return function;
}

static CUresult launch(CUfunction function, unsigned grid, unsigned block, unsigned shared,
        void **params, void **extra)
{
        return cuLaunchKernel(function, grid, 1, 1, block, 1, 1, shared, NULL, params, extra);
}

static void test_launches(void **state)
{
        CUcontext context = open_context();
        CUmodule module;
        CUfunction function = load_increment(&module), missing;
        CUdeviceptr address;
        uint32_t by = 5, results[4];
        struct {
                CUdeviceptr address;
                uint32_t by;
        } buffer = { 0, 7 };
        size_t size = sizeof(buffer), offset = 0;
        void *params[] = { &address, &by };
        void *extra[] = { CU_LAUNCH_PARAM_BUFFER_POINTER, &buffer, CU_LAUNCH_PARAM_BUFFER_SIZE,
                &size, CU_LAUNCH_PARAM_END };

        (void)state;
        assert_int_equal(cuModuleGetFunction(&missing, module, "x"), CUDA_ERROR_NOT_FOUND);
        assert_int_equal(cuMemAlloc_v2(&address, 16), CUDA_SUCCESS);
        assert_int_equal(cuMemsetD8_v2(address, 0, 16), CUDA_SUCCESS);
        assert_int_equal(launch(function, 1, 4, 0, params, NULL), CUDA_SUCCESS);
        buffer.address = address;
        assert_int_equal(launch(function, 1, 4, 0, NULL, extra), CUDA_SUCCESS);
        assert_int_equal(cuMemcpyDtoH_v2(results, address, 16), CUDA_SUCCESS);
        for (unsigned i = 0; i < 4; i++)
                assert_int_equal(results[i], 12);
        assert_int_equal(launch(function, 0, 4, 0, params, NULL), CUDA_ERROR_INVALID_VALUE);
        assert_int_equal(launch(function, 1, 1025, 0, params, NULL), CUDA_ERROR_INVALID_VALUE);
        assert_int_equal(launch(function, 1, 1, 50000, params, NULL), CUDA_ERROR_INVALID_VALUE);
        assert_int_equal(launch(function, 1, 1, 0, NULL, NULL), CUDA_ERROR_INVALID_VALUE);
        assert_int_equal(cuFuncSetAttribute(
                                 function, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 60000),
                CUDA_SUCCESS);
        assert_int_equal(launch(function, 1, 1, 50000, params, NULL), CUDA_SUCCESS);
        assert_int_equal(cuFuncGetParamInfo(function, 1, &offset, &size), CUDA_SUCCESS);
        assert_true(offset == 8 && size == 4);
        assert_int_equal(cuFuncGetParamInfo(function, 2, &offset, &size), CUDA_ERROR_INVALID_VALUE);
        assert_int_equal(cuModuleUnload(module), CUDA_SUCCESS);
        assert_int_equal(cuModuleUnload(module), CUDA_ERROR_INVALID_HANDLE);
        assert_int_equal(cuCtxDestroy_v2(context), CUDA_SUCCESS);
}

/* The block's shape that a kernel asks for is enforced. */
static void test_block_shape(void **state)
{
        CUcontext context = open_context();
        CUmodule module;
        CUfunction most, exactly;
        int value = 0;

        (void)state;
        assert_int_equal(cuModuleLoadData(&module,
                                 HEAD ".visible .entry most() .maxntid 64 { ret; }\n"
                                      ".visible .entry exactly() .reqntid 8, 4 { ret; }\n"),
                CUDA_SUCCESS);
        assert_int_equal(cuModuleGetFunction(&most, module, "most"), CUDA_SUCCESS);
        assert_int_equal(cuModuleGetFunction(&exactly, module, "exactly"), CUDA_SUCCESS);
        assert_int_equal(launch(most, 1, 64, 0, NULL, NULL), CUDA_SUCCESS);
        assert_int_equal(launch(most, 1, 65, 0, NULL, NULL), CUDA_ERROR_INVALID_VALUE);
        assert_int_equal(launch(exactly, 1, 32, 0, NULL, NULL), CUDA_ERROR_INVALID_VALUE);
        assert_int_equal(cuLaunchKernel(exactly, 1, 1, 1, 8, 4, 1, 0, NULL, NULL, NULL), 0);
        assert_int_equal(
                cuFuncGetAttribute(&value, CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, most), 0);
        assert_int_equal(value, 64);
        assert_int_equal(cuCtxDestroy_v2(context), CUDA_SUCCESS);
}

static void test_refused_modules(void **state)
{
        CUcontext context = open_context();
        char log[200] = "";
        int options[] = { CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES };
        void *values[] = { log, (void *)(uintptr_t)sizeof(log) };
        CUmodule module;

        (void)state;
        assert_int_equal(
                cuModuleLoadDataEx(&module, HEAD ".entry k()\n{\nfrob.u32;\n}", 2, options, values),
                CUDA_ERROR_INVALID_PTX);
        assert_non_null(strstr(log, "line 6"));
        assert_non_null(strstr(log, "frob"));
        assert_int_equal((uintptr_t)values[1], strlen(log) + 1);
        assert_int_equal(cuModuleLoadData(&module, "\x7f"
                                                   "ELF\2\1\1"),
                CUDA_ERROR_NO_BINARY_FOR_GPU);
        assert_int_equal(
                cuModuleLoadData(&module, "\x50\xed\x55\xba\1"), CUDA_ERROR_NO_BINARY_FOR_GPU);
        assert_int_equal(cuModuleLoadData(&module, "no PTX"), CUDA_ERROR_INVALID_IMAGE);
        assert_int_equal(
                cuModuleLoadData(&module, ".version 99.0\n"), CUDA_ERROR_UNSUPPORTED_PTX_VERSION);
        assert_int_equal(
                cuModuleLoadData(&module, ".version 8.4\n.target sm_100\n.address_size 64\n"),
                CUDA_ERROR_INVALID_PTX);
        assert_int_equal(cuModuleLoad(&module, "/nonexistent.ptx"), CUDA_ERROR_FILE_NOT_FOUND);
        assert_int_equal(cuCtxDestroy_v2(context), CUDA_SUCCESS);
}

/* What a driver of the CUDA that is claimed takes, whatever else is in it; NULL: as it comes. */
static void test_versions(void **state)
{
        static const struct {
                const char *cuda, *version;
                CUresult result;
        } table[] = {
                { NULL, "8.4", CUDA_SUCCESS },
                { NULL, "8.5", CUDA_ERROR_UNSUPPORTED_PTX_VERSION },
                { NULL, "9.0", CUDA_ERROR_UNSUPPORTED_PTX_VERSION },
                { "12.2", "8.2", CUDA_SUCCESS },
                { "12.2", "8.3", CUDA_ERROR_UNSUPPORTED_PTX_VERSION },
                { "12.6", "8.5", CUDA_SUCCESS },
                { "13.0", "9.0", CUDA_SUCCESS },
                { "13.0", "9.1", CUDA_ERROR_UNSUPPORTED_PTX_VERSION },
                { "13.1", "9.0", CUDA_SUCCESS },
                { "13.1", "9.1", CUDA_ERROR_UNSUPPORTED_PTX_VERSION }, /* not understood here */
                { "no", "8.4", CUDA_SUCCESS },
                { "99.9", "8.5", CUDA_ERROR_UNSUPPORTED_PTX_VERSION },
        };
        CUcontext context = open_context();

        (void)state;
        for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
                char text[200], log[200] = "";
                int options[] = { CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES };
                void *values[] = { log, (void *)(uintptr_t)sizeof(log) };
                CUmodule module;

                if (table[i].cuda)
                        setenv("FORESTAGE_REHEARSAL_CUDA", table[i].cuda, 1);
                /* a driver looks no further: the last word is none of PTX */
                snprintf(text, sizeof(text), ".version %s\n.target sm_70\n.address_size 64\n%s",
                        table[i].version, table[i].result == CUDA_SUCCESS ? "" : "frob;\n");
                assert_int_equal(
                        cuModuleLoadDataEx(&module, text, 2, options, values), table[i].result);
                if (table[i].result != CUDA_SUCCESS)
                        assert_non_null(strstr(log, "a driver of CUDA "));
        }
        setenv("FORESTAGE_REHEARSAL_CUDA", "12.2", 1);
        {
                int version = 0;

                assert_int_equal(cuDriverGetVersion(&version), CUDA_SUCCESS);
                assert_int_equal(version, 12020);
        }
        unsetenv("FORESTAGE_REHEARSAL_CUDA");
        assert_int_equal(cuCtxDestroy_v2(context), CUDA_SUCCESS);
}

/* What a stream that does not wait for the context's own finds of a word. */
static unsigned found_beside(CUdeviceptr address, CUstream stream)
{
        unsigned found = 0;

        assert_int_equal(
                cuMemcpyDtoHAsync_v2(&found, address, sizeof(found), stream), CUDA_SUCCESS);
        return found;
}

static void test_late(void **state)
{
        CUcontext context = open_context();
        const unsigned first = 0x11111111, second = 0x22222222;
        CUdeviceptr address;
        CUstream beside, blocking;
        CUevent event;
        void *pinned;

        (void)state;
        assert_int_equal(cuMemAlloc_v2(&address, 4), CUDA_SUCCESS);
        assert_int_equal(cuStreamCreate(&beside, 1), CUDA_SUCCESS);
        assert_int_equal(cuStreamCreate(&blocking, 0), CUDA_SUCCESS);
        assert_int_equal(cuEventCreate(&event, 0), CUDA_SUCCESS);
        assert_int_equal(cuMemcpyHtoDAsync_v2(address, &first, 4, beside), CUDA_SUCCESS);
        assert_int_equal(found_beside(address, beside), first);

        assert_int_equal(cuMemcpyHtoD_v2(address, &second, 4), CUDA_SUCCESS);
        assert_int_equal(cuStreamSynchronize(beside), CUDA_SUCCESS);
        assert_int_equal(found_beside(address, beside), first);
        assert_int_equal(cuStreamSynchronize(NULL), CUDA_SUCCESS);
        assert_int_equal(found_beside(address, beside), second);

        assert_int_equal(cuMemsetD32_v2(address, 3, 1), CUDA_SUCCESS);
        assert_int_equal(found_beside(address, beside), second);
        assert_int_equal(found_beside(address, blocking), 3);

        assert_int_equal(cuMemsetD8_v2(address, 0, 4), CUDA_SUCCESS);
        assert_int_equal(cuEventRecord(event, beside), CUDA_SUCCESS);
        assert_int_equal(cuEventSynchronize(event), CUDA_SUCCESS);
        assert_int_equal(found_beside(address, beside), 3);
        assert_int_equal(cuEventRecord(event, NULL), CUDA_SUCCESS);
        assert_int_equal(cuStreamWaitEvent(beside, event, 0), CUDA_SUCCESS);
        assert_int_equal(found_beside(address, beside), 0);

        assert_int_equal(cuMemHostAlloc(&pinned, 4, 0), CUDA_SUCCESS);
        memcpy(pinned, &first, 4);
        assert_int_equal(cuMemcpyHtoD_v2(address, pinned, 4), CUDA_SUCCESS);
        assert_int_equal(found_beside(address, beside), first);

        assert_int_equal(cuMemcpyHtoD_v2(address, &second, 4), CUDA_SUCCESS);
        assert_int_equal(cuMemFreeHost(pinned), CUDA_SUCCESS);
        assert_int_equal(cuMemFree_v2(address), CUDA_SUCCESS);
        assert_int_equal(cuEventDestroy_v2(event), CUDA_SUCCESS);
        assert_int_equal(cuStreamDestroy_v2(beside), CUDA_SUCCESS);
        assert_int_equal(cuStreamDestroy_v2(blocking), CUDA_SUCCESS);
        assert_int_equal(cuCtxDestroy_v2(context), CUDA_SUCCESS);
}

static void test_streams_and_events(void **state)
{
        CUcontext context = open_context();
        CUstream stream;
        CUevent start, end, silent;
        float milliseconds = -1;

        (void)state;
        assert_int_equal(cuStreamCreate(&stream, 1), CUDA_SUCCESS);
        assert_int_equal(cuEventCreate(&start, 0), CUDA_SUCCESS);
        assert_int_equal(cuEventCreate(&end, 0), CUDA_SUCCESS);
        assert_int_equal(cuEventCreate(&silent, 2), CUDA_SUCCESS);
        assert_int_equal(cuEventElapsedTime(&milliseconds, start, end), CUDA_ERROR_INVALID_HANDLE);
        assert_int_equal(cuEventRecord(start, stream), CUDA_SUCCESS);
        assert_int_equal(cuEventRecord(end, stream), CUDA_SUCCESS);
        assert_int_equal(cuStreamWaitEvent(stream, end, 0), CUDA_SUCCESS);
        assert_int_equal(cuStreamSynchronize(stream), CUDA_SUCCESS);
        assert_int_equal(cuEventElapsedTime(&milliseconds, start, end), CUDA_SUCCESS);
        assert_true(milliseconds >= 0 && milliseconds < 1000);
        assert_int_equal(cuEventDestroy_v2(start), CUDA_SUCCESS);
        assert_int_equal(cuStreamDestroy_v2(stream), CUDA_SUCCESS);
        assert_int_equal(cuStreamDestroy_v2(stream), CUDA_ERROR_INVALID_HANDLE);
        assert_int_equal(cuCtxDestroy_v2(context), CUDA_SUCCESS); /* takes the rest along */
}

static void test_entry_points(void **state)
{
        const char *name = NULL, *text = NULL;
        void *function = NULL;
        int status = -1;

        (void)state;
        assert_int_equal(cuGetProcAddress("cuMemAlloc", &function, 12000, 0), CUDA_SUCCESS);
        assert_ptr_equal(function, (void *)cuMemAlloc_v2);
        assert_int_equal(cuGetProcAddress_v2("cuNothing", &function, 12000, 0, &status),
                CUDA_ERROR_NOT_FOUND);
        assert_int_equal(status, 1);
        assert_int_equal(cuGetErrorName(CUDA_ERROR_ILLEGAL_ADDRESS, &name), CUDA_SUCCESS);
        assert_string_equal(name, "CUDA_ERROR_ILLEGAL_ADDRESS");
        assert_int_equal(cuGetErrorString(CUDA_ERROR_NO_DEVICE, &text), CUDA_SUCCESS);
        assert_string_equal(text, "no CUDA-capable device is detected");
        assert_int_equal(cuGetErrorName((CUresult)12345, &name), CUDA_ERROR_INVALID_VALUE);
}

static void test_fault_launch(void **state)
{
        CUcontext context;
        CUmodule module;
        CUfunction function;
        CUdeviceptr address;
        uint32_t by = 1;
        void *params[] = { &address, &by };

        (void)state;
        initialise(NULL, "launch");
        context = open_context();
        function = load_increment(&module);
        assert_int_equal(cuMemAlloc_v2(&address, 16), CUDA_SUCCESS);
        assert_int_equal(launch(function, 1, 1, 0, params, NULL), CUDA_SUCCESS);
        assert_int_equal(cuCtxSynchronize(), CUDA_ERROR_LAUNCH_FAILED);
        assert_int_equal(cuMemFree_v2(address), CUDA_ERROR_LAUNCH_FAILED);
        assert_int_equal(cuCtxDestroy_v2(context), CUDA_SUCCESS);
        assert_int_equal(cuCtxCreate_v2(&context, 0, 0), CUDA_ERROR_LAUNCH_FAILED);
        initialise(NULL, NULL);
}

/* Exactly one bit, in the first result that comes back. */
static void test_fault_bits(void **state)
{
        CUcontext context;
        CUmodule module;
        CUfunction function;
        CUdeviceptr address;
        uint32_t by = 1, results[4];
        void *params[] = { &address, &by };

        (void)state;
        initialise(NULL, "nothing,bits");
        context = open_context();
        function = load_increment(&module);
        assert_int_equal(cuMemAlloc_v2(&address, 16), CUDA_SUCCESS);
        assert_int_equal(cuMemsetD8_v2(address, 0, 16), CUDA_SUCCESS);
        assert_int_equal(launch(function, 1, 4, 0, params, NULL), CUDA_SUCCESS);
        assert_int_equal(cuMemcpyDtoH_v2(results, address, 16), CUDA_SUCCESS);
        assert_int_equal(__builtin_popcount(results[0] ^ 1), 1);
        assert_int_equal(results[1], 1);
        assert_int_equal(cuMemcpyDtoH_v2(results, address, 16), CUDA_SUCCESS);
        assert_int_equal(results[0], 1);
        assert_int_equal(cuCtxDestroy_v2(context), CUDA_SUCCESS);
        initialise(NULL, NULL);
}

/* As a driver that accepts no write-combined memory: what needs none goes on. */
static void test_fault_write_combined(void **state)
{
        CUcontext context;
        void *memory = NULL;

        (void)state;
        initialise(NULL, "write-combined");
        context = open_context();
        assert_int_equal(cuMemHostAlloc(&memory, 64, 4), CUDA_ERROR_NOT_SUPPORTED);
        assert_int_equal(cuMemHostAlloc(&memory, 64, 7), CUDA_ERROR_NOT_SUPPORTED);
        assert_null(memory);
        assert_int_equal(cuMemHostAlloc(&memory, 64, 3), CUDA_SUCCESS);
        assert_int_equal(cuMemFreeHost(memory), CUDA_SUCCESS);
        assert_int_equal(cuCtxDestroy_v2(context), CUDA_SUCCESS);
        initialise(NULL, NULL);
}

static void test_fault_context(void **state)
{
        CUcontext context = NULL;
        int count = 0;

        (void)state;
        initialise(NULL, "context");
        assert_int_equal(cuInit(0), CUDA_SUCCESS);
        assert_int_equal(cuDeviceGetCount(&count), CUDA_SUCCESS);
        assert_int_equal(count, 1);
        assert_int_equal(cuCtxCreate_v2(&context, 0, 0), CUDA_ERROR_NOT_SUPPORTED);
        assert_int_equal(cuDevicePrimaryCtxRetain(&context, 0), CUDA_ERROR_NOT_SUPPORTED);
        assert_null(context);
        initialise(NULL, NULL);
        context = open_context();
        assert_int_equal(cuCtxDestroy_v2(context), CUDA_SUCCESS);
}

static void test_host_flags(void **state)
{
        CUcontext context = open_context();
        char registered[64];
        void *memory = NULL;

        (void)state;
        for (unsigned flags = 0; flags <= 7; flags++) {
                assert_int_equal(cuMemHostAlloc(&memory, 64, flags), CUDA_SUCCESS);
                assert_int_equal(cuMemFreeHost(memory), CUDA_SUCCESS);
        }
        assert_int_equal(cuMemHostAlloc(&memory, 64, 8), CUDA_ERROR_INVALID_VALUE);
        assert_int_equal(cuMemHostRegister_v2(registered, 64, 16), CUDA_ERROR_INVALID_VALUE);
        assert_int_equal(cuMemHostRegister_v2(registered, 64, 15), CUDA_SUCCESS);
        assert_int_equal(cuMemHostUnregister(registered), CUDA_SUCCESS);
        assert_int_equal(cuMemHostUnregister(registered), CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED);
        assert_int_equal(cuCtxDestroy_v2(context), CUDA_SUCCESS);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_uninitialised), cmocka_unit_test(test_devices),
                cmocka_unit_test(test_contexts), cmocka_unit_test(test_memory),
                cmocka_unit_test(test_launches), cmocka_unit_test(test_block_shape),
                cmocka_unit_test(test_refused_modules), cmocka_unit_test(test_versions),
                cmocka_unit_test(test_late), cmocka_unit_test(test_streams_and_events),
                cmocka_unit_test(test_entry_points), cmocka_unit_test(test_fault_bits),
                cmocka_unit_test(test_fault_write_combined), cmocka_unit_test(test_fault_context),
                cmocka_unit_test(test_host_flags),
                cmocka_unit_test(test_fault_launch), /* last: the process is spoiled afterwards */
        };

        return run_tap(tests);
}
