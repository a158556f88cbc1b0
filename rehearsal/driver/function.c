/* Attributes and parameters of functions. */
#include "rehearsal/driver/device.h"
#include "rehearsal/driver/module.h"

static uint32_t max_threads(const struct function *function)
{
        const uint32_t *limit =
                function->required_threads[0] ? function->required_threads : function->max_threads;
        uint64_t count = (uint64_t)limit[0] * limit[1];

        if (!limit[0] || count > MAX_BLOCK_THREADS || count * limit[2] > MAX_BLOCK_THREADS)
                return MAX_BLOCK_THREADS;
        return (uint32_t)(count * limit[2]);
}

CUresult cuFuncGetAttribute(int *value, int attribute, CUfunction function)
{
        LOCKED;
        const struct function *self;

        if (!value || !function)
                return CUDA_ERROR_INVALID_VALUE;
        self = function->function;
        switch (attribute) {
        case CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
                *value = (int)max_threads(self);
                break;
        case CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES:
                *value = (int)self->shared_size;
                break;
        case CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES:
                *value = (int)self->local_size;
                break;
        case CU_FUNC_ATTRIBUTE_NUM_REGS:
                *value = self->slot_count > 255 ? 255 : (int)self->slot_count;
                break;
        case CU_FUNC_ATTRIBUTE_PTX_VERSION:
                *value = (int)self->program->version;
                break;
        case CU_FUNC_ATTRIBUTE_BINARY_VERSION:
                *value = COMPUTE_MAJOR * 10 + COMPUTE_MINOR;
                break;
        case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES:
                *value = (int)(self->max_dynamic_shared ? self->max_dynamic_shared
                                                        : MAX_STATIC_SHARED - self->shared_size);
                break;
        case CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES:
        case CU_FUNC_ATTRIBUTE_CACHE_MODE_CA:
        case CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT:
                *value = 0;
                break;
        default:
                return CUDA_ERROR_INVALID_VALUE;
        }
        return CUDA_SUCCESS;
}

CUresult cuFuncSetAttribute(CUfunction function, int attribute, int value)
{
        LOCKED;
        struct function *self;

        if (!function)
                return CUDA_ERROR_INVALID_VALUE;
        self = function->function;
        if (attribute == CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT)
                return CUDA_SUCCESS;
        if (attribute != CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES || value < 0 ||
                (uint64_t)value + self->shared_size > MAX_DYNAMIC_SHARED)
                return CUDA_ERROR_INVALID_VALUE;
        self->max_dynamic_shared = (uint32_t)value;
        return CUDA_SUCCESS;
}

CUresult cuFuncSetCacheConfig(CUfunction function, int config)
{
        (void)config;
        return function ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuFuncGetModule(CUmodule *module, CUfunction function)
{
        if (!module || !function)
                return CUDA_ERROR_INVALID_VALUE;
        *module = function->module;
        return CUDA_SUCCESS;
}

/* A parameter's place and size in the parameter block; INVALID_VALUE behind the last one. */
CUresult cuFuncGetParamInfo(CUfunction function, size_t index, size_t *offset, size_t *size)
{
        LOCKED;
        const struct variable *param;

        if (!function || !offset)
                return CUDA_ERROR_INVALID_VALUE;
        for (param = function->function->params; param && index; index--)
                param = param->next;
        if (!param)
                return CUDA_ERROR_INVALID_VALUE;
        *offset = param->address;
        if (size)
                *size = param->size;
        return CUDA_SUCCESS;
}

CUresult cuFuncGetName(const char **name, CUfunction function)
{
        if (!name || !function)
                return CUDA_ERROR_INVALID_VALUE;
        *name = function->function->name;
        return CUDA_SUCCESS;
}
