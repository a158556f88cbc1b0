/* Copies and fills. */
#include <stdlib.h>
#include <string.h>

#include "rehearsal/driver/late.h"
#include "rehearsal/driver/stream.h"

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

/* What is in the stream comes behind what is in the context's own, or does not. */
static void enter(CUstream stream)
{
        if (stream_waits(stream))
                late_arrive();
}

/* Of pinned memory it waits for its end. */
static bool is_pinned(const void *memory)
{
        return heap_at(&driver.heap, (uint64_t)(uintptr_t)memory) != NULL;
}

CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void *from, size_t size)
{
        LOCKED;
        struct context *context;
        void *memory = device_memory(to, size);

        if (!memory || !from || is_pinned(from) || current_context(&context) != CUDA_SUCCESS) {
                late_arrive();
                return copy(memory, from, size, false);
        }
        return late_send(memory, from, size);
}

static CUresult copy_out(void *to, CUdeviceptr from, size_t size, CUstream stream)
{
        enter(stream);
        return copy(to, device_memory(from, size), size, true);
}

static CUresult copy_across(CUdeviceptr to, CUdeviceptr from, size_t size, CUstream stream)
{
        enter(stream);
        return copy(device_memory(to, size), device_memory(from, size), size, false);
}

CUresult cuMemcpyDtoH_v2(void *to, CUdeviceptr from, size_t size)
{
        LOCKED;
        return copy_out(to, from, size, NULL);
}

CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t size)
{
        LOCKED;
        return copy_across(to, from, size, NULL);
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

CUresult cuMemcpyAsync(CUdeviceptr to, CUdeviceptr from, size_t size, CUstream stream)
{
        LOCKED;
        enter(stream);
        return copy(any_memory(to, size), any_memory(from, size), size,
                is_device_address(from) && !is_device_address(to));
}

CUresult cuMemcpy(CUdeviceptr to, CUdeviceptr from, size_t size)
{
        return cuMemcpyAsync(to, from, size, NULL);
}

CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, size_t size, CUstream stream)
{
        LOCKED;
        enter(stream);
        return copy(device_memory(to, size), from, size, false);
}

CUresult cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, size_t size, CUstream stream)
{
        LOCKED;
        return copy_out(to, from, size, stream);
}

CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t size, CUstream stream)
{
        LOCKED;
        return copy_across(to, from, size, stream);
}

/* --- fills --- */

/* `stream` NULL: whoever does not wait for it finds the old bytes. */
static CUresult fill(CUdeviceptr to, const void *value, size_t width, size_t count, CUstream stream)
{
        struct context *context;
        CUresult error = current_context(&context);
        uint8_t *memory, *filled;
        size_t size;

        if (error != CUDA_SUCCESS || !count)
                return error;
        if (to % width || __builtin_mul_overflow(width, count, &size))
                return CUDA_ERROR_INVALID_VALUE;
        memory = device_memory(to, size);
        if (!memory)
                return CUDA_ERROR_INVALID_VALUE;
        enter(stream);
        filled = stream ? memory : malloc(size);
        if (!filled)
                return CUDA_ERROR_OUT_OF_MEMORY;
        for (size_t i = 0; i < count; i++)
                memcpy(filled + i * width, value, width);
        if (stream)
                return CUDA_SUCCESS;
        error = late_send(memory, filled, size);
        free(filled);
        return error;
}

#define FILL(name, type)                                                                \
        CUresult name##Async(CUdeviceptr to, type value, size_t count, CUstream stream) \
        {                                                                               \
                LOCKED;                                                                 \
                return fill(to, &value, sizeof(value), count, stream);                  \
        }                                                                               \
        CUresult name##_v2(CUdeviceptr to, type value, size_t count)                    \
        {                                                                               \
                LOCKED;                                                                 \
                return fill(to, &value, sizeof(value), count, NULL);                    \
        }

FILL(cuMemsetD8, unsigned char)
FILL(cuMemsetD16, unsigned short)
FILL(cuMemsetD32, unsigned)
