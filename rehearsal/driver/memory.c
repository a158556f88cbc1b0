/* Memory of the devices and of the host: allocated, freed, found. */
#include "rehearsal/driver/late.h"

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
        late_arrive();
        heap_free(&driver.heap, allocation);
        return CUDA_SUCCESS;
}

CUresult cuMemFreeAsync(CUdeviceptr address, CUstream stream)
{
        (void)stream;
        return cuMemFree_v2(address);
}

/* --- memory of the host --- */

/* Of allocating, and of registering; all memory is reached by all, and cached. */
#define WRITE_COMBINED 4u
#define ALLOCATE_FLAGS 7u  /* portable, device map, write-combined */
#define REGISTER_FLAGS 15u /* portable, device map, I/O memory, read only */

CUresult cuMemHostAlloc(void **memory, size_t size, unsigned flags)
{
        LOCKED;
        struct allocation *allocation;
        CUresult error;

        if (!memory || flags & ~ALLOCATE_FLAGS)
                return CUDA_ERROR_INVALID_VALUE;
        if (flags & WRITE_COMBINED && driver.faults & FAULT_WRITE_COMBINED)
                return CUDA_ERROR_NOT_SUPPORTED;
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
        late_arrive();
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

        if (error != CUDA_SUCCESS)
                return error;
        if (!memory || !size || flags & ~REGISTER_FLAGS)
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
