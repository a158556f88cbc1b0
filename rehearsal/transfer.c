/* Memory: allocating, copying, filling. */
#include <string.h>

#include "rehearsal/driver.h"

CUresult cuMemGetInfo_v2(size_t *free, size_t *total)
{
        LOCKED;
        struct context *context;
        CUresult error = current_context(&context);

        if (error != CUDA_SUCCESS)
                return error;
        if (!free || !total)
                return CUDA_ERROR_INVALID_VALUE;
        *free = driver.heap.limit - driver.heap.used;
        *total = driver.heap.limit;
        return CUDA_SUCCESS;
}

static CUresult allocate(
        uint64_t size, enum allocation_kind kind, struct allocation **ret_allocation)
{
        struct context *context;
        CUresult error = current_context(&context);

        if (error != CUDA_SUCCESS)
                return error;
        if (!size)
                return CUDA_ERROR_INVALID_VALUE;
        *ret_allocation = heap_allocate(&driver.heap, size, kind, context);
        return *ret_allocation ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

static CUresult allocate_device(CUdeviceptr *address, size_t size, enum allocation_kind kind)
{
        struct allocation *allocation;
        CUresult error;

        if (!address)
                return CUDA_ERROR_INVALID_VALUE;
        error = allocate(size, kind, &allocation);
        if (error == CUDA_SUCCESS)
                *address = allocation->address;
        return error;
}

CUresult cuMemAlloc_v2(CUdeviceptr *address, size_t size)
{
        LOCKED;
        return allocate_device(address, size, ALLOCATION_DEVICE);
}

CUresult cuMemAllocAsync(CUdeviceptr *address, size_t size, CUstream stream)
{
        (void)stream;
        return cuMemAlloc_v2(address, size);
}

CUresult cuMemAllocManaged(CUdeviceptr *address, size_t size, unsigned flags)
{
        LOCKED;
        (void)flags;
        return allocate_device(address, size, ALLOCATION_MANAGED);
}

CUresult cuMemAllocPitch_v2(
        CUdeviceptr *address, size_t *pitch, size_t width, size_t height, unsigned element)
{
        LOCKED;
        size_t row = (width + HEAP_ALIGN - 1) & ~(HEAP_ALIGN - 1), size;
        CUresult error;

        if (!pitch || (element != 4 && element != 8 && element != 16) || row < width ||
                __builtin_mul_overflow(row, height, &size))
                return CUDA_ERROR_INVALID_VALUE;
        error = allocate_device(address, size, ALLOCATION_DEVICE);
        if (error == CUDA_SUCCESS)
                *pitch = row;
        return error;
}

CUresult cuMemFree_v2(CUdeviceptr address)
{
        LOCKED;
        struct context *context;
        struct allocation *allocation;
        CUresult error = current_context(&context);

        if (error != CUDA_SUCCESS)
                return error;
        if (!address)
                return CUDA_SUCCESS;
        allocation = heap_at(&driver.heap, address);
        if (!allocation ||
                (allocation->kind != ALLOCATION_DEVICE && allocation->kind != ALLOCATION_MANAGED))
                return CUDA_ERROR_INVALID_VALUE;
        heap_free(&driver.heap, allocation);
        return CUDA_SUCCESS;
}

CUresult cuMemFreeAsync(CUdeviceptr address, CUstream stream)
{
        (void)stream;
        return cuMemFree_v2(address);
}

/* --- memory of the host --- */

CUresult cuMemHostAlloc(void **memory, size_t size, unsigned flags)
{
        LOCKED;
        struct allocation *allocation;
        CUresult error;

        (void)flags;
        if (!memory)
                return CUDA_ERROR_INVALID_VALUE;
        error = allocate(size, ALLOCATION_PINNED, &allocation);
        if (error == CUDA_SUCCESS)
                *memory = allocation->host;
        return error;
}

CUresult cuMemAllocHost_v2(void **memory, size_t size)
{
        return cuMemHostAlloc(memory, size, 0);
}

static CUresult release_host(void *memory, bool borrowed, CUresult not_found)
{
        struct context *context;
        struct allocation *allocation;
        CUresult error = current_context(&context);

        if (error != CUDA_SUCCESS)
                return error;
        allocation = heap_at(&driver.heap, (uint64_t)(uintptr_t)memory);
        if (!allocation || allocation->kind != ALLOCATION_PINNED ||
                allocation->is_borrowed != borrowed)
                return not_found;
        heap_free(&driver.heap, allocation);
        return CUDA_SUCCESS;
}

CUresult cuMemFreeHost(void *memory)
{
        LOCKED;
        return release_host(memory, false, CUDA_ERROR_INVALID_VALUE);
}

CUresult cuMemHostRegister_v2(void *memory, size_t size, unsigned flags)
{
        LOCKED;
        struct context *context;
        CUresult error = current_context(&context);

        (void)flags;
        if (error != CUDA_SUCCESS)
                return error;
        if (!memory || !size)
                return CUDA_ERROR_INVALID_VALUE;
        return heap_register(&driver.heap, memory, size, context)
                       ? CUDA_SUCCESS
                       : CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
}

CUresult cuMemHostUnregister(void *memory)
{
        LOCKED;
        return release_host(memory, true, CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED);
}

CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr *address, void *memory, unsigned flags)
{
        LOCKED;
        struct context *context;
        const struct allocation *allocation;
        CUresult error = current_context(&context);

        if (error != CUDA_SUCCESS)
                return error;
        allocation = heap_holding(&driver.heap, (uint64_t)(uintptr_t)memory);
        if (!address || flags || !allocation || allocation->kind != ALLOCATION_PINNED)
                return CUDA_ERROR_INVALID_VALUE;
        *address = (uint64_t)(uintptr_t)memory;
        return CUDA_SUCCESS;
}

CUresult cuMemGetAddressRange_v2(CUdeviceptr *base, size_t *size, CUdeviceptr address)
{
        LOCKED;
        struct context *context;
        const struct allocation *allocation;
        CUresult error = current_context(&context);

        if (error != CUDA_SUCCESS)
                return error;
        allocation = heap_holding(&driver.heap, address);
        if (!allocation)
                return CUDA_ERROR_NOT_FOUND;
        if (base)
                *base = allocation->address;
        if (size)
                *size = allocation->size;
        return CUDA_SUCCESS;
}

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
