#include "runner/machine/cuda.h"

#include <ctype.h>
#include <dlfcn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/text.h"
#include "lib/uuid.h"

#define LIBRARY   "libcuda.so.1"
#define LOG_BYTES 4096

enum need { REQUIRED, OPTIONAL, CHECKS };

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
        SYMBOL(cuModuleUnload, "", OPTIONAL),
        SYMBOL(cuCtxGetLimit, "", OPTIONAL),
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
        SYMBOL(cuMemGetInfo, "_v2", CHECKS),
        SYMBOL(cuMemFree, "_v2", CHECKS),
        SYMBOL(cuMemHostRegister, "_v2", CHECKS),
        SYMBOL(cuMemHostUnregister, "", CHECKS),
        SYMBOL(cuMemHostGetDevicePointer, "_v2", CHECKS),
        SYMBOL(cuMemcpyHtoDAsync, "_v2", CHECKS),
        SYMBOL(cuMemcpyDtoDAsync, "_v2", CHECKS),
        SYMBOL(cuMemsetD8Async, "", CHECKS),
        SYMBOL(forestage_rehearsal_part, "", OPTIONAL),
        SYMBOL(cuMemsetD32Async, "", OPTIONAL),
        SYMBOL(cuEventCreate, "", CHECKS),
        SYMBOL(cuEventRecord, "", CHECKS),
        SYMBOL(cuEventSynchronize, "", CHECKS),
        SYMBOL(cuEventQuery, "", CHECKS),
        SYMBOL(cuEventElapsedTime, "", CHECKS),
        SYMBOL(cuStreamWaitEvent, "", CHECKS),
        SYMBOL(cuOccupancyMaxActiveBlocksPerMultiprocessor, "", CHECKS),
        SYMBOL(cuDeviceCanAccessPeer, "", CHECKS),
        SYMBOL(cuCtxSetCurrent, "", CHECKS),
        SYMBOL(cuCtxGetCurrent, "", CHECKS),
        SYMBOL(cuModuleGetGlobal, "_v2", CHECKS),
        SYMBOL(cuMemFreeHost, "", OPTIONAL),
        SYMBOL(cuCtxDestroy, "_v2", OPTIONAL),
        SYMBOL(cuCtxEnablePeerAccess, "", OPTIONAL),
        SYMBOL(cuMemcpyPeerAsync, "", OPTIONAL),
#undef SYMBOL
};

#define SYMBOLS (sizeof(symbols) / sizeof(symbols[0]))

bool cuda_open(struct cuda *ret_cuda, char *why)
{
        struct cuda cuda = { .library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL) };

        if (!cuda.library)
                return why_not(why,
                        "the NVIDIA driver's library cannot be loaded (%s): install the driver's "
                        "user-space part or name its folder in LD_LIBRARY_PATH",
                        dlerror());
        for (size_t i = 0; i < SYMBOLS; i++) {
                void *address = dlsym(cuda.library, symbols[i].name);

                if (!address && symbols[i].need == REQUIRED) {
                        dlclose(cuda.library);
                        return why_not(
                                why, LIBRARY " has no %s: the driver is too old", symbols[i].name);
                }
                memcpy((char *)&cuda + symbols[i].offset, &address, sizeof(address));
        }
        cuda.rehearsal = dlsym(cuda.library, "forestage_rehearsal") != NULL;
        *ret_cuda = cuda;
        return true;
}

bool cuda_has_checks(const struct cuda *cuda, char *why)
{
        for (size_t i = 0; i < SYMBOLS; i++) {
                void *address;

                memcpy(&address, (const char *)cuda + symbols[i].offset, sizeof(address));
                if (!address && symbols[i].need == CHECKS)
                        return why_not(
                                why, LIBRARY " has no %s: the driver is too old", symbols[i].name);
        }
        return true;
}

CUresult cuda_load(const struct cuda *cuda, const void *image, unsigned level, CUmodule *ret_module,
        const char **ret_complaints)
{
        static char info[LOG_BYTES], errors[LOG_BYTES];
        int option[] = { CU_JIT_INFO_LOG_BUFFER, CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES,
                CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES,
                CU_JIT_OPTIMIZATION_LEVEL };
        /* The driver takes sizes as the pointer itself. */
        void *value[] = { info, (void *)(uintptr_t)(sizeof(info) - 1), errors,
                (void *)(uintptr_t)(sizeof(errors) - 1), (void *)(uintptr_t)level };

        errors[0] = '\0';
        *ret_complaints = errors;
        return cuda->cuModuleLoadDataEx(
                ret_module, image, level < CUDA_OPTIMISE_MOST ? 5 : 4, option, value);
}

CUresult cuda_uuid(const struct cuda *cuda, CUdevice device, char ret_uuid[DEVICE_UUID_LENGTH + 1])
{
        CUuuid uuid = { { 0 } };
        CUresult result = cuda->cuDeviceGetUuid(&uuid, device);

        memcpy(ret_uuid, "GPU-", 4);
        uuid_format(uuid.bytes, ret_uuid + 4);
        return result;
}

static enum fabric_state fabric; /* of this process, and of those that it forks */

void cuda_set_fabric(enum fabric_state state)
{
        fabric = state;
}

#define NEED ": GPUs that NVSwitches join need NVIDIA's Fabric Manager"

/* The driver's own text names no cause, and on a host without Fabric Manager no job can run. */
static const char *explain_fabric(void)
{
        static const char *const texts[FABRIC_STATES] = {
                [FABRIC_UNTOLD] = NEED "; on a host it is nvidia-fabricmanager.service, and of the "
                                       "stage docs/image.md says which boards it can serve",
                [FABRIC_RUNNING] = NEED ", which runs and has set the NVSwitches up, but has not "
                                        "registered the GPUs in time: see stage/fabricmanager.log",
                [FABRIC_NONE] = NEED ", and the image has none: give it to make image as FABRIC=",
                [FABRIC_MISMATCH] = NEED ", and the image's is of another version than the driver: "
                                         "give make image FABRIC= of the driver's own version",
                [FABRIC_FAILED] = NEED ", which ended with an error here: the event stage.fabric "
                                       "has it, and stage/fabricmanager.log",
                [FABRIC_LATE] = NEED ", which was not ready in time here: see the event "
                                     "stage.fabric, and stage/fabricmanager.log",
        };

        return texts[fabric];
}

void cuda_explain(const struct cuda *cuda, CUresult error, const char *call, char *ret_text)
{
        const char *name = NULL, *text = NULL;

        if (cuda->cuGetErrorName(error, &name) != CUDA_SUCCESS || !name)
                name = "unknown error";
        if (cuda->cuGetErrorString(error, &text) != CUDA_SUCCESS || !text)
                text = "the driver has no text for it";
        why_not(ret_text, "%s: %s (%d), %s%s", call, name, error, text,
                error == CUDA_ERROR_SYSTEM_NOT_READY ? explain_fabric() : "");
}

static bool succeed(const struct cuda *cuda, CUresult error, const char *call, char *why)
{
        if (error != CUDA_SUCCESS)
                cuda_explain(cuda, error, call, why);
        return error == CUDA_SUCCESS;
}

#define ASK(name, ...) succeed(cuda, cuda->name(__VA_ARGS__), #name, why)

bool cuda_describe(const struct cuda *cuda, int index, struct device *ret_device, char *why)
{
        struct device device = { .index = (unsigned)index, .rehearsal = cuda->rehearsal };
        CUdevice handle;
        size_t bytes;

        if (!ASK(cuDeviceGet, &handle, index) ||
                !ASK(cuDeviceGetName, device.name, sizeof(device.name), handle) ||
                !succeed(cuda, cuda_uuid(cuda, handle, device.uuid), "cuDeviceGetUuid", why) ||
                !ASK(cuDeviceGetPCIBusId, device.pci, sizeof(device.pci), handle) ||
                !ASK(cuDeviceTotalMem, &bytes, handle) ||
                !ASK(cuDeviceGetAttribute, &device.compute_major,
                        CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, handle) ||
                !ASK(cuDeviceGetAttribute, &device.compute_minor,
                        CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, handle) ||
                !ASK(cuDeviceGetAttribute, &device.multiprocessors,
                        CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, handle))
                return false;
        for (size_t i = 0; device.pci[i]; i++)
                device.pci[i] = (char)tolower((unsigned char)device.pci[i]);
        device.memory_bytes = bytes;
        text_make_line(device.name);
        text_make_line(device.pci);
        *ret_device = device;
        return true;
}

/* In a process of its own: what failed once may be remembered by libcuda for all of a process. */
static bool is_unready(void)
{
        pid_t child = fork();
        char why[WHY_SIZE];
        struct cuda cuda;
        int status;

        if (child == 0)
                _exit(cuda_open(&cuda, why) && cuda.cuInit(0) == CUDA_ERROR_SYSTEM_NOT_READY);
        return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
               WEXITSTATUS(status) == 1;
}

void cuda_await_fabric(double seconds)
{
        double until = clock_seconds() + seconds;

        while (fabric == FABRIC_RUNNING && is_unready() && clock_seconds() < until)
                usleep(500000);
}
