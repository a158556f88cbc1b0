#include "runner/check/check_cuda.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

enum need { REQUIRED, OPTIONAL };

static const struct symbol {
        const char *name;
        size_t offset;
        enum need need;
} symbols[] = {
#define SYMBOL(member, suffix, need)                                      \
        {                                                                 \
#member suffix, offsetof(struct check_cuda, member), need \
        }
        SYMBOL(cuMemGetInfo, "_v2", REQUIRED),
        SYMBOL(cuMemFree, "_v2", REQUIRED),
        SYMBOL(cuMemHostRegister, "_v2", REQUIRED),
        SYMBOL(cuMemHostUnregister, "", REQUIRED),
        SYMBOL(cuMemHostGetDevicePointer, "_v2", REQUIRED),
        SYMBOL(cuMemcpyHtoDAsync, "_v2", REQUIRED),
        SYMBOL(cuMemcpyDtoDAsync, "_v2", REQUIRED),
        SYMBOL(cuMemsetD8Async, "", REQUIRED),
        SYMBOL(cuEventCreate, "", REQUIRED),
        SYMBOL(cuEventRecord, "", REQUIRED),
        SYMBOL(cuEventSynchronize, "", REQUIRED),
        SYMBOL(cuEventElapsedTime, "", REQUIRED),
        SYMBOL(cuStreamWaitEvent, "", REQUIRED),
        SYMBOL(cuOccupancyMaxActiveBlocksPerMultiprocessor, "", REQUIRED),
        SYMBOL(cuDeviceCanAccessPeer, "", REQUIRED),
        SYMBOL(cuCtxSetCurrent, "", REQUIRED),
        SYMBOL(cuCtxGetCurrent, "", REQUIRED),
        SYMBOL(cuCtxDestroy, "_v2", OPTIONAL),
        SYMBOL(cuCtxEnablePeerAccess, "", OPTIONAL),
        SYMBOL(cuMemcpyPeerAsync, "", OPTIONAL),
#undef SYMBOL
};

bool check_cuda_find(const struct cuda *cuda, struct check_cuda *ret_calls, char *why)
{
        struct check_cuda calls;

        for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
                void *address = dlsym(cuda->library, symbols[i].name);

                if (!address && symbols[i].need == REQUIRED) {
                        snprintf(why, CUDA_TEXT_SIZE,
                                "libcuda.so.1 has no %s: the driver is too old", symbols[i].name);
                        return false;
                }
                memcpy((char *)&calls + symbols[i].offset, &address, sizeof(address));
        }
        *ret_calls = calls;
        return true;
}
