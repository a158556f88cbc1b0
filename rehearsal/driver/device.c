/* Devices: as many as FORESTAGE_REHEARSAL_DEVICES says, alike but for their UUID and PCI address.
 */
#include "rehearsal/driver/device.h"

#include <stdio.h>
#include <string.h>

#include "rehearsal/base/program.h"

CUresult device_check(CUdevice device)
{
        if (!driver.is_ready)
                return CUDA_ERROR_NOT_INITIALIZED;
        return device < 0 || device >= driver.device_count ? CUDA_ERROR_INVALID_DEVICE
                                                           : CUDA_SUCCESS;
}

CUresult cuDeviceGetCount(int *count)
{
        LOCKED;
        if (!driver.is_ready)
                return CUDA_ERROR_NOT_INITIALIZED;
        if (!count)
                return CUDA_ERROR_INVALID_VALUE;
        *count = driver.device_count;
        return CUDA_SUCCESS;
}

CUresult cuDeviceGet(CUdevice *device, int ordinal)
{
        LOCKED;
        CUresult error = device_check(ordinal);

        if (error != CUDA_SUCCESS)
                return error;
        if (!device)
                return CUDA_ERROR_INVALID_VALUE;
        *device = ordinal;
        return CUDA_SUCCESS;
}

CUresult cuDeviceGetName(char *name, int length, CUdevice device)
{
        LOCKED;
        CUresult error = device_check(device);

        if (error != CUDA_SUCCESS)
                return error;
        if (!name || length <= 0)
                return CUDA_ERROR_INVALID_VALUE;
        snprintf(name, (size_t)length, "%s", DEVICE_NAME);
        return CUDA_SUCCESS;
}

/* A random (version 4) UUID chosen once; the last byte is the device's number. */
CUresult cuDeviceGetUuid_v2(CUuuid *uuid, CUdevice device)
{
        static const unsigned char bytes[16] = { 0xf0, 0x3e, 0x57, 0xa6, 0xe0, 0x5e, 0x4a, 0x11,
                0x9c, 0x0d, 0x7e, 0x8e, 0xa2, 0x5a, 0x10, 0x00 };
        LOCKED;
        CUresult error = device_check(device);

        if (error != CUDA_SUCCESS)
                return error;
        if (!uuid)
                return CUDA_ERROR_INVALID_VALUE;
        memcpy(uuid->bytes, bytes, sizeof(bytes));
        uuid->bytes[15] = (char)device;
        return CUDA_SUCCESS;
}

CUresult cuDeviceGetUuid(CUuuid *uuid, CUdevice device)
{
        return cuDeviceGetUuid_v2(uuid, device);
}

CUresult cuDeviceTotalMem_v2(size_t *bytes, CUdevice device)
{
        LOCKED;
        CUresult error = device_check(device);

        if (error != CUDA_SUCCESS)
                return error;
        if (!bytes)
                return CUDA_ERROR_INVALID_VALUE;
        *bytes = driver.heap.limit;
        return CUDA_SUCCESS;
}

static const int attributes[CU_DEVICE_ATTRIBUTE_MAX] = {
        [CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK] = MAX_BLOCK_THREADS,
        [CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X] = MAX_BLOCK_THREADS,
        [CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y] = MAX_BLOCK_THREADS,
        [CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z] = MAX_BLOCK_Z,
        [CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X] = MAX_GRID_X,
        [CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y] = MAX_GRID_YZ,
        [CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z] = MAX_GRID_YZ,
        [CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK] = MAX_STATIC_SHARED,
        [CU_DEVICE_ATTRIBUTE_TOTAL_CONSTANT_MEMORY] = 65536,
        [CU_DEVICE_ATTRIBUTE_WARP_SIZE] = MAX_WARP,
        [CU_DEVICE_ATTRIBUTE_MAX_PITCH] = 0x7fffffff,
        [CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_BLOCK] = 65536,
        [CU_DEVICE_ATTRIBUTE_CLOCK_RATE] = 1000000, /* %clock counts nanoseconds */
        [CU_DEVICE_ATTRIBUTE_TEXTURE_ALIGNMENT] = 512,
        [CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT] = 1,
        [CU_DEVICE_ATTRIBUTE_INTEGRATED] = 1,
        [CU_DEVICE_ATTRIBUTE_CAN_MAP_HOST_MEMORY] = 1,
        [CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE] = 1000000,
        [CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH] = 64,
        [CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR] = 2048,
        [CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING] = 1,
        [CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR] = COMPUTE_MAJOR,
        [CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR] = COMPUTE_MINOR,
        [CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR] = MAX_DYNAMIC_SHARED + 1024,
        [CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_MULTIPROCESSOR] = 65536,
        [CU_DEVICE_ATTRIBUTE_MANAGED_MEMORY] = 1,
        [CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN] = MAX_DYNAMIC_SHARED,
};

/* What is not in the table is not there: 0. */
CUresult cuDeviceGetAttribute(int *value, int attribute, CUdevice device)
{
        LOCKED;
        CUresult error = device_check(device);

        if (error != CUDA_SUCCESS)
                return error;
        if (!value || attribute <= 0 || attribute >= CU_DEVICE_ATTRIBUTE_MAX)
                return CUDA_ERROR_INVALID_VALUE;
        *value = attribute == CU_DEVICE_ATTRIBUTE_PCI_DEVICE_ID ? device : attributes[attribute];
        return CUDA_SUCCESS;
}

CUresult cuDeviceComputeCapability(int *major, int *minor, CUdevice device)
{
        LOCKED;
        CUresult error = device_check(device);

        if (error != CUDA_SUCCESS)
                return error;
        if (!major || !minor)
                return CUDA_ERROR_INVALID_VALUE;
        *major = COMPUTE_MAJOR;
        *minor = COMPUTE_MINOR;
        return CUDA_SUCCESS;
}

CUresult cuDeviceGetPCIBusId(char *name, int length, CUdevice device)
{
        LOCKED;
        CUresult error = device_check(device);

        if (error != CUDA_SUCCESS)
                return error;
        if (!name || length <= 0)
                return CUDA_ERROR_INVALID_VALUE;
        snprintf(name, (size_t)length, "0000:00:%02x.0", (unsigned)device);
        return CUDA_SUCCESS;
}

CUresult cuDeviceGetByPCIBusId(CUdevice *device, const char *name)
{
        LOCKED;
        unsigned domain = 0, bus, number;

        if (!device || !name)
                return CUDA_ERROR_INVALID_VALUE;
        if (sscanf(name, "%4x:%2x:%2x", &domain, &bus, &number) != 3 &&
                sscanf(name, "%2x:%2x", &bus, &number) != 2)
                return CUDA_ERROR_INVALID_VALUE;
        if (domain || bus || device_check((CUdevice)number) != CUDA_SUCCESS)
                return CUDA_ERROR_INVALID_DEVICE;
        *device = (CUdevice)number;
        return CUDA_SUCCESS;
}

CUresult cuDeviceCanAccessPeer(int *can, CUdevice device, CUdevice peer)
{
        LOCKED;
        CUresult error = device_check(device);

        if (error == CUDA_SUCCESS)
                error = device_check(peer);
        if (error != CUDA_SUCCESS)
                return error;
        if (!can)
                return CUDA_ERROR_INVALID_VALUE;
        *can = device != peer; /* all devices share one address space */
        return CUDA_SUCCESS;
}
