#include "runner/machine/cuda.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#define LIBRARY "libcuda.so.1"

enum need { REQUIRED, OPTIONAL };

/* Where each symbol goes. The suffix is the version of the function's binary interface. */
static const struct symbol {
        const char *name;
        size_t offset;
        enum need need;
} symbols[] = {
#define SYMBOL(member, suffix, need)                                \
        {                                                           \
#member suffix, offsetof(struct cuda, member), need \
        }
        SYMBOL(cuInit, "", REQUIRED),
        SYMBOL(cuDriverGetVersion, "", REQUIRED),
        SYMBOL(cuGetErrorName, "", REQUIRED),
        SYMBOL(cuGetErrorString, "", REQUIRED),
        SYMBOL(cuDeviceGetCount, "", REQUIRED),
        SYMBOL(cuDeviceGet, "", REQUIRED),
        SYMBOL(cuDeviceGetName, "", REQUIRED),
        SYMBOL(cuDeviceGetUuid, "", REQUIRED),
        SYMBOL(cuDeviceGetPCIBusId, "", REQUIRED),
        SYMBOL(cuDeviceTotalMem, "_v2", REQUIRED),
        SYMBOL(cuDeviceGetAttribute, "", REQUIRED),
        SYMBOL(cuCtxCreate, "_v2", REQUIRED),
        SYMBOL(cuCtxSynchronize, "", REQUIRED),
        SYMBOL(cuModuleLoadDataEx, "", REQUIRED),
        SYMBOL(cuModuleGetFunction, "", REQUIRED),
        SYMBOL(cuFuncGetAttribute, "", REQUIRED),
        SYMBOL(cuFuncSetAttribute, "", REQUIRED),
        SYMBOL(cuFuncGetParamInfo, "", OPTIONAL),
        SYMBOL(cuMemAlloc, "_v2", REQUIRED),
        SYMBOL(cuMemcpyHtoD, "_v2", REQUIRED),
        SYMBOL(cuMemcpyDtoH, "_v2", REQUIRED),
        SYMBOL(cuMemcpyDtoHAsync, "_v2", REQUIRED),
        SYMBOL(cuMemHostAlloc, "", REQUIRED),
        SYMBOL(cuStreamCreate, "", REQUIRED),
        SYMBOL(cuStreamSynchronize, "", REQUIRED),
        SYMBOL(cuMemsetD8, "_v2", REQUIRED),
        SYMBOL(cuMemsetD32, "_v2", REQUIRED),
        SYMBOL(cuLaunchKernel, "", REQUIRED),
#undef SYMBOL
};

bool cuda_open(struct cuda *ret_cuda, char *why)
{
        struct cuda cuda = { .library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL) };

        if (!cuda.library) {
                snprintf(why, CUDA_TEXT_SIZE,
                        "the NVIDIA driver's library cannot be loaded (%s): install the driver's "
                        "user-space part or name its folder in LD_LIBRARY_PATH",
                        dlerror());
                return false;
        }
        for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
                void *address = dlsym(cuda.library, symbols[i].name);

                if (!address && symbols[i].need == REQUIRED) {
                        snprintf(why, CUDA_TEXT_SIZE, LIBRARY " has no %s: the driver is too old",
                                symbols[i].name);
                        dlclose(cuda.library);
                        return false;
                }
                memcpy((char *)&cuda + symbols[i].offset, &address, sizeof(address));
        }
        cuda.rehearsal = dlsym(cuda.library, "forestage_rehearsal") != NULL;
        *ret_cuda = cuda;
        return true;
}

void cuda_explain(const struct cuda *cuda, CUresult error, const char *call, char *ret_text)
{
        const char *name = NULL, *text = NULL;

        if (cuda->cuGetErrorName(error, &name) != CUDA_SUCCESS || !name)
                name = "unknown error";
        if (cuda->cuGetErrorString(error, &text) != CUDA_SUCCESS || !text)
                text = "the driver has no text for it";
        snprintf(ret_text, CUDA_TEXT_SIZE, "%s: %s (%d), %s", call, name, error, text);
}
