/* Names and explanations of errors. */
#include "rehearsal/driver/cuda_api.h"

#define ERROR(name, text)                        \
        {                                        \
                CUDA_##name, "CUDA_" #name, text \
        }

static const struct {
        CUresult error;
        const char *name, *text;
} errors[] = {
        ERROR(SUCCESS, "no error"),
        ERROR(ERROR_INVALID_VALUE, "invalid argument"),
        ERROR(ERROR_OUT_OF_MEMORY, "out of memory"),
        ERROR(ERROR_NOT_INITIALIZED, "initialization error"),
        ERROR(ERROR_DEINITIALIZED, "driver shutting down"),
        ERROR(ERROR_NO_DEVICE, "no CUDA-capable device is detected"),
        ERROR(ERROR_INVALID_DEVICE, "invalid device ordinal"),
        ERROR(ERROR_INVALID_IMAGE, "device kernel image is invalid"),
        ERROR(ERROR_INVALID_CONTEXT, "invalid device context"),
        ERROR(ERROR_NO_BINARY_FOR_GPU, "no kernel image is available for execution on the device"),
        ERROR(ERROR_INVALID_PTX, "a PTX JIT compilation failed"),
        ERROR(ERROR_UNSUPPORTED_PTX_VERSION,
                "the provided PTX was compiled with an unsupported toolchain."),
        ERROR(ERROR_FILE_NOT_FOUND, "file not found"),
        ERROR(ERROR_OPERATING_SYSTEM, "OS call failed or operation not supported on this OS"),
        ERROR(ERROR_INVALID_HANDLE, "invalid resource handle"),
        ERROR(ERROR_NOT_FOUND, "named symbol not found"),
        ERROR(ERROR_NOT_READY, "device not ready"),
        ERROR(ERROR_ILLEGAL_ADDRESS, "an illegal memory access was encountered"),
        ERROR(ERROR_LAUNCH_OUT_OF_RESOURCES, "too many resources requested for launch"),
        ERROR(ERROR_LAUNCH_TIMEOUT, "the launch timed out and was terminated"),
        ERROR(ERROR_PEER_ACCESS_ALREADY_ENABLED, "peer access is already enabled"),
        ERROR(ERROR_PRIMARY_CONTEXT_ACTIVE, "cannot set while device is active in this process"),
        ERROR(ERROR_CONTEXT_IS_DESTROYED, "context is destroyed"),
        ERROR(ERROR_ASSERT, "device-side assert triggered"),
        ERROR(ERROR_HOST_MEMORY_ALREADY_REGISTERED,
                "part or all of the requested memory range is already mapped"),
        ERROR(ERROR_HOST_MEMORY_NOT_REGISTERED,
                "pointer does not correspond to a registered memory region"),
        ERROR(ERROR_ILLEGAL_INSTRUCTION, "an illegal instruction was encountered"),
        ERROR(ERROR_MISALIGNED_ADDRESS, "misaligned address"),
        ERROR(ERROR_INVALID_ADDRESS_SPACE,
                "operation not supported on global/shared address space"),
        ERROR(ERROR_INVALID_PC, "invalid program counter"),
        ERROR(ERROR_LAUNCH_FAILED, "unspecified launch failure"),
        ERROR(ERROR_NOT_SUPPORTED, "operation not supported"),
        ERROR(ERROR_UNKNOWN, "unknown error"),
};

static int find_error(CUresult error)
{
        for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
                if (errors[i].error == error)
                        return (int)i;
        }
        return -1;
}

CUresult cuGetErrorName(CUresult error, const char **name)
{
        int index = find_error(error);

        if (!name)
                return CUDA_ERROR_INVALID_VALUE;
        *name = index < 0 ? NULL : errors[index].name;
        return index < 0 ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

CUresult cuGetErrorString(CUresult error, const char **text)
{
        int index = find_error(error);

        if (!text)
                return CUDA_ERROR_INVALID_VALUE;
        *text = index < 0 ? NULL : errors[index].text;
        return index < 0 ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}
