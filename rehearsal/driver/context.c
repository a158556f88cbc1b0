/* Contexts: made, destroyed, made current. */
#include <stdlib.h>

#include "rehearsal/driver/current.h"
#include "rehearsal/driver/device.h"
#include "rehearsal/driver/late.h"
#include "rehearsal/driver/module.h"
#include "rehearsal/driver/stream.h"

/* What keeps every context from being made. */
static CUresult refusal(void)
{
        if (driver.error != CUDA_SUCCESS)
                return driver.error;
        return driver.faults & FAULT_CONTEXT ? CUDA_ERROR_NOT_SUPPORTED : CUDA_SUCCESS;
}

static struct context *new_context(CUdevice device, unsigned flags)
{
        struct context *context = calloc(1, sizeof(*context));

        if (!context)
                return NULL;
        context->device = device;
        context->flags = flags;
        context->next = driver.contexts;
        driver.contexts = context;
        return context;
}

static void free_context(struct context *context)
{
        struct context **link = &driver.contexts;

        late_arrive();
        while (*link != context)
                link = &(*link)->next;
        *link = context->next;
        while (context->modules)
                module_free(context->modules);
        streams_free(context);
        heap_free_owned(&driver.heap, context);
        free(context);
}

static CUresult create(CUcontext *context, unsigned flags, CUdevice device)
{
        CUresult error = device_check(device);
        struct context *made;

        if (error != CUDA_SUCCESS)
                return error;
        if (!context)
                return CUDA_ERROR_INVALID_VALUE;
        error = refusal();
        if (error != CUDA_SUCCESS)
                return error;
        made = new_context(device, flags);
        if (!made)
                return CUDA_ERROR_OUT_OF_MEMORY;
        error = current_push(made);
        if (error != CUDA_SUCCESS) {
                free_context(made);
                return error;
        }
        *context = made;
        return CUDA_SUCCESS;
}

CUresult cuCtxCreate_v2(CUcontext *context, unsigned flags, CUdevice device)
{
        LOCKED;
        return create(context, flags, device);
}

CUresult cuCtxCreate_v3(
        CUcontext *context, void *affinity, int count, unsigned flags, CUdevice device)
{
        LOCKED;
        if (affinity || count)
                return CUDA_ERROR_NOT_SUPPORTED;
        return create(context, flags, device);
}

CUresult cuCtxCreate_v4(CUcontext *context, void *parameters, unsigned flags, CUdevice device)
{
        LOCKED;
        if (parameters)
                return CUDA_ERROR_NOT_SUPPORTED;
        return create(context, flags, device);
}

CUresult cuCtxDestroy_v2(CUcontext context)
{
        LOCKED;
        if (!driver.is_ready)
                return CUDA_ERROR_NOT_INITIALIZED;
        if (!context_is_alive(context) || context->is_primary)
                return CUDA_ERROR_INVALID_CONTEXT;
        if (current_top() == context)
                current_pop();
        free_context(context);
        return CUDA_SUCCESS;
}

CUresult cuCtxPushCurrent_v2(CUcontext context)
{
        LOCKED;
        if (!driver.is_ready)
                return CUDA_ERROR_NOT_INITIALIZED;
        return context_is_alive(context) ? current_push(context) : CUDA_ERROR_INVALID_CONTEXT;
}

CUresult cuCtxPopCurrent_v2(CUcontext *context)
{
        LOCKED;
        struct context *top;

        if (!driver.is_ready)
                return CUDA_ERROR_NOT_INITIALIZED;
        top = current_top();
        if (!top)
                return CUDA_ERROR_INVALID_CONTEXT;
        current_pop();
        if (context)
                *context = top;
        return CUDA_SUCCESS;
}

CUresult cuCtxSetCurrent(CUcontext context)
{
        LOCKED;
        if (!driver.is_ready)
                return CUDA_ERROR_NOT_INITIALIZED;
        if (context && !context_is_alive(context))
                return CUDA_ERROR_INVALID_CONTEXT;
        current_pop();
        return context ? current_push(context) : CUDA_SUCCESS;
}

CUresult cuCtxGetCurrent(CUcontext *context)
{
        LOCKED;
        if (!driver.is_ready)
                return CUDA_ERROR_NOT_INITIALIZED;
        if (!context)
                return CUDA_ERROR_INVALID_VALUE;
        *context = current_top();
        return CUDA_SUCCESS;
}

CUresult cuCtxGetDevice(CUdevice *device)
{
        LOCKED;
        struct context *context;
        CUresult error = current_context(&context);

        if (error != CUDA_SUCCESS)
                return error;
        if (!device)
                return CUDA_ERROR_INVALID_VALUE;
        *device = context->device;
        return CUDA_SUCCESS;
}

CUresult cuCtxGetFlags(unsigned *flags)
{
        LOCKED;
        struct context *context;
        CUresult error = current_context(&context);

        if (error != CUDA_SUCCESS)
                return error;
        if (!flags)
                return CUDA_ERROR_INVALID_VALUE;
        *flags = context->flags;
        return CUDA_SUCCESS;
}

CUresult cuCtxGetApiVersion(CUcontext context, unsigned *version)
{
        LOCKED;
        if (!driver.is_ready)
                return CUDA_ERROR_NOT_INITIALIZED;
        if (!version)
                return CUDA_ERROR_INVALID_VALUE;
        if (context && !context_is_alive(context))
                return CUDA_ERROR_INVALID_CONTEXT;
        *version = 3020;
        return CUDA_SUCCESS;
}

CUresult cuCtxSynchronize(void)
{
        LOCKED;
        struct context *context;
        CUresult error = current_context(&context);

        if (error == CUDA_SUCCESS)
                late_arrive();
        return error;
}

/* Limits (stack, printf buffer, heap) have no meaning here; what is set is accepted. */
CUresult cuCtxSetLimit(int limit, size_t value)
{
        LOCKED;
        struct context *context;

        (void)limit;
        (void)value;
        return current_context(&context);
}

CUresult cuCtxGetLimit(size_t *value, int limit)
{
        LOCKED;
        struct context *context;
        CUresult error = current_context(&context);

        if (error != CUDA_SUCCESS)
                return error;
        if (!value)
                return CUDA_ERROR_INVALID_VALUE;
        *value = limit == 0 ? MAX_LOCAL : 0;
        return CUDA_SUCCESS;
}

CUresult cuCtxGetStreamPriorityRange(int *least, int *greatest)
{
        LOCKED;
        struct context *context;
        CUresult error = current_context(&context);

        if (error != CUDA_SUCCESS)
                return error;
        if (least)
                *least = 0;
        if (greatest)
                *greatest = 0;
        return CUDA_SUCCESS;
}

/* --- the primary context, one a device --- */

CUresult cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice device)
{
        LOCKED;
        CUresult error = device_check(device);
        struct device *self;

        if (error != CUDA_SUCCESS)
                return error;
        if (!context)
                return CUDA_ERROR_INVALID_VALUE;
        error = refusal();
        if (error != CUDA_SUCCESS)
                return error;
        self = &driver.devices[device];
        if (!self->primary)
                self->primary = new_context(device, self->primary_flags);
        if (!self->primary)
                return CUDA_ERROR_OUT_OF_MEMORY;
        self->primary->is_primary = true;
        self->primary_uses++;
        *context = self->primary;
        return CUDA_SUCCESS;
}

static void drop_primary(struct device *device)
{
        free_context(device->primary);
        device->primary = NULL;
        device->primary_uses = 0;
}

CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device)
{
        LOCKED;
        CUresult error = device_check(device);
        struct device *self;

        if (error != CUDA_SUCCESS)
                return error;
        self = &driver.devices[device];
        if (!self->primary_uses)
                return CUDA_ERROR_INVALID_CONTEXT;
        if (--self->primary_uses == 0)
                drop_primary(self);
        return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxReset_v2(CUdevice device)
{
        LOCKED;
        CUresult error = device_check(device);

        if (error == CUDA_SUCCESS && driver.devices[device].primary)
                drop_primary(&driver.devices[device]);
        return error;
}

CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice device, unsigned flags)
{
        LOCKED;
        CUresult error = device_check(device);

        if (error == CUDA_SUCCESS)
                driver.devices[device].primary_flags = flags;
        return error;
}

CUresult cuDevicePrimaryCtxGetState(CUdevice device, unsigned *flags, int *active)
{
        LOCKED;
        CUresult error = device_check(device);

        if (error != CUDA_SUCCESS)
                return error;
        if (!flags || !active)
                return CUDA_ERROR_INVALID_VALUE;
        *flags = driver.devices[device].primary_flags;
        *active = driver.devices[device].primary != NULL;
        return CUDA_SUCCESS;
}
