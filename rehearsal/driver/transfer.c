/* Copies and fills. */
#include <string.h>

#include "rehearsal/driver/current.h"

/* --- copies --- */

/* The fault "bits": the first result that leaves the device has one bit wrong, in a place where it
 * is a large error of a float and of an integer alike. */
static void spoil(uint8_t *result, size_t size)
{
        if (!(driver.faults & FAULT_BITS) || !driver.launched || !size)
                return;
        result[size > 3 ? 3 : 0] ^= 0x40;
        driver.faults &= ~(unsigned)FAULT_BITS;
}

/* Either side may be host memory that the driver does not know. */
static CUresult copy(void *to, const void *from, size_t size, bool leaves_device)
{
        struct context *context;
        CUresult error = current_context(&context);

        if (error != CUDA_SUCCESS || !size)
                return error;
        if (!to || !from)
                return CUDA_ERROR_INVALID_VALUE;
        memmove(to, from, size);
        if (leaves_device)
                spoil(to, size);
        return CUDA_SUCCESS;
}

static void *device_memory(CUdeviceptr address, size_t size)
{
        return size ? heap_memory(&driver.heap, address, size) : NULL;
}

CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void *from, size_t size)
{
        LOCKED;
        return copy(device_memory(to, size), from, size, false);
}

CUresult cuMemcpyDtoH_v2(void *to, CUdeviceptr from, size_t size)
{
        LOCKED;
        return copy(to, device_memory(from, size), size, true);
}

CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t size)
{
        LOCKED;
        return copy(device_memory(to, size), device_memory(from, size), size, false);
}

static bool is_device_address(CUdeviceptr address)
{
        return address >= HEAP_BASE && address < HEAP_END;
}

/* In the unified address space what is no device address is the host's. */
static void *any_memory(CUdeviceptr address, size_t size)
{
        void *known = device_memory(address, size);

        return known || is_device_address(address) ? known : (void *)(uintptr_t)address;
}

CUresult cuMemcpy(CUdeviceptr to, CUdeviceptr from, size_t size)
{
        LOCKED;
        return copy(any_memory(to, size), any_memory(from, size), size,
                is_device_address(from) && !is_device_address(to));
}

CUresult cuMemcpyAsync(CUdeviceptr to, CUdeviceptr from, size_t size, CUstream stream)
{
        (void)stream;
        return cuMemcpy(to, from, size);
}

CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, size_t size, CUstream stream)
{
        (void)stream;
        return cuMemcpyHtoD_v2(to, from, size);
}

CUresult cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, size_t size, CUstream stream)
{
        (void)stream;
        return cuMemcpyDtoH_v2(to, from, size);
}

CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t size, CUstream stream)
{
        (void)stream;
        return cuMemcpyDtoD_v2(to, from, size);
}

/* --- fills --- */

static CUresult fill(CUdeviceptr to, const void *value, size_t width, size_t count)
{
        struct context *context;
        CUresult error = current_context(&context);
        uint8_t *memory;
        size_t size;

        if (error != CUDA_SUCCESS || !count)
                return error;
        if (to % width || __builtin_mul_overflow(width, count, &size))
                return CUDA_ERROR_INVALID_VALUE;
        memory = device_memory(to, size);
        if (!memory)
                return CUDA_ERROR_INVALID_VALUE;
        for (size_t i = 0; i < count; i++)
                memcpy(memory + i * width, value, width);
        return CUDA_SUCCESS;
}

CUresult cuMemsetD8_v2(CUdeviceptr to, unsigned char value, size_t count)
{
        LOCKED;
        return fill(to, &value, sizeof(value), count);
}

CUresult cuMemsetD16_v2(CUdeviceptr to, unsigned short value, size_t count)
{
        LOCKED;
        return fill(to, &value, sizeof(value), count);
}

CUresult cuMemsetD32_v2(CUdeviceptr to, unsigned value, size_t count)
{
        LOCKED;
        return fill(to, &value, sizeof(value), count);
}

CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t count, CUstream stream)
{
        (void)stream;
        return cuMemsetD8_v2(to, value, count);
}

CUresult cuMemsetD16Async(CUdeviceptr to, unsigned short value, size_t count, CUstream stream)
{
        (void)stream;
        return cuMemsetD16_v2(to, value, count);
}

CUresult cuMemsetD32Async(CUdeviceptr to, unsigned value, size_t count, CUstream stream)
{
        (void)stream;
        return cuMemsetD32_v2(to, value, count);
}
