/* cuGetProcAddress: functions by the names that programs ask for, which carry no version. */
#include <string.h>

#include "rehearsal/driver/cuda_api.h"

#define STATUS_SUCCESS          0
#define STATUS_SYMBOL_NOT_FOUND 1

typedef void function(void);

#define PLAIN(name)                     \
        {                               \
#name, (function *)name \
        }
#define V(name, version)                         \
        {                                        \
#name, (function *)name##version \
        }

static const struct {
        const char *name;
        function *function;
} entries[] = {
        PLAIN(cuInit),
        PLAIN(cuDriverGetVersion),
        PLAIN(cuGetErrorName),
        PLAIN(cuGetErrorString),
        V(cuGetProcAddress, _v2),
        PLAIN(cuDeviceGet),
        PLAIN(cuDeviceGetCount),
        PLAIN(cuDeviceGetName),
        V(cuDeviceGetUuid, _v2),
        V(cuDeviceTotalMem, _v2),
        PLAIN(cuDeviceGetAttribute),
        PLAIN(cuDeviceComputeCapability),
        PLAIN(cuDeviceGetPCIBusId),
        PLAIN(cuDeviceGetByPCIBusId),
        PLAIN(cuDeviceCanAccessPeer),
        PLAIN(cuDevicePrimaryCtxRetain),
        V(cuDevicePrimaryCtxRelease, _v2),
        V(cuDevicePrimaryCtxReset, _v2),
        V(cuDevicePrimaryCtxSetFlags, _v2),
        PLAIN(cuDevicePrimaryCtxGetState),
        V(cuCtxCreate, _v2),
        V(cuCtxDestroy, _v2),
        V(cuCtxPushCurrent, _v2),
        V(cuCtxPopCurrent, _v2),
        PLAIN(cuCtxSetCurrent),
        PLAIN(cuCtxGetCurrent),
        PLAIN(cuCtxGetDevice),
        PLAIN(cuCtxGetFlags),
        PLAIN(cuCtxGetApiVersion),
        PLAIN(cuCtxSynchronize),
        PLAIN(cuCtxGetLimit),
        PLAIN(cuCtxSetLimit),
        PLAIN(cuCtxGetStreamPriorityRange),
        PLAIN(cuModuleLoad),
        PLAIN(cuModuleLoadData),
        PLAIN(cuModuleLoadDataEx),
        PLAIN(cuModuleLoadFatBinary),
        PLAIN(cuModuleUnload),
        PLAIN(cuModuleGetFunction),
        V(cuModuleGetGlobal, _v2),
        PLAIN(cuFuncGetAttribute),
        PLAIN(cuFuncSetAttribute),
        PLAIN(cuFuncSetCacheConfig),
        PLAIN(cuFuncGetModule),
        PLAIN(cuFuncGetParamInfo),
        PLAIN(cuFuncGetName),
        V(cuMemGetInfo, _v2),
        V(cuMemAlloc, _v2),
        V(cuMemAllocPitch, _v2),
        PLAIN(cuMemAllocManaged),
        PLAIN(cuMemAllocAsync),
        V(cuMemFree, _v2),
        PLAIN(cuMemFreeAsync),
        V(cuMemAllocHost, _v2),
        PLAIN(cuMemHostAlloc),
        PLAIN(cuMemFreeHost),
        V(cuMemHostRegister, _v2),
        PLAIN(cuMemHostUnregister),
        V(cuMemHostGetDevicePointer, _v2),
        V(cuMemGetAddressRange, _v2),
        PLAIN(cuMemcpy),
        PLAIN(cuMemcpyAsync),
        V(cuMemcpyHtoD, _v2),
        V(cuMemcpyDtoH, _v2),
        V(cuMemcpyDtoD, _v2),
        V(cuMemcpyHtoDAsync, _v2),
        V(cuMemcpyDtoHAsync, _v2),
        V(cuMemcpyDtoDAsync, _v2),
        V(cuMemsetD8, _v2),
        V(cuMemsetD16, _v2),
        V(cuMemsetD32, _v2),
        PLAIN(cuMemsetD8Async),
        PLAIN(cuMemsetD16Async),
        PLAIN(cuMemsetD32Async),
        PLAIN(cuLaunchKernel),
        PLAIN(cuLaunchHostFunc),
        PLAIN(cuOccupancyMaxActiveBlocksPerMultiprocessor),
        PLAIN(cuStreamCreate),
        PLAIN(cuStreamCreateWithPriority),
        V(cuStreamDestroy, _v2),
        PLAIN(cuStreamSynchronize),
        PLAIN(cuStreamQuery),
        PLAIN(cuStreamWaitEvent),
        PLAIN(cuEventCreate),
        V(cuEventDestroy, _v2),
        PLAIN(cuEventRecord),
        PLAIN(cuEventSynchronize),
        PLAIN(cuEventQuery),
        PLAIN(cuEventElapsedTime),
};

static function *find(const char *name)
{
        for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
                if (strcmp(entries[i].name, name) == 0)
                        return entries[i].function;
        }
        return NULL;
}

CUresult cuGetProcAddress_v2(
        const char *symbol, void **address, int version, uint64_t flags, int *status)
{
        function *found = symbol ? find(symbol) : NULL;

        (void)version;
        (void)flags;
        if (!symbol || !address)
                return CUDA_ERROR_INVALID_VALUE;
        if (status)
                *status = found ? STATUS_SUCCESS : STATUS_SYMBOL_NOT_FOUND;
        *address = (void *)found;
        return found ? CUDA_SUCCESS : CUDA_ERROR_NOT_FOUND;
}

CUresult cuGetProcAddress(const char *symbol, void **address, int version, uint64_t flags)
{
        return cuGetProcAddress_v2(symbol, address, version, flags, NULL);
}
