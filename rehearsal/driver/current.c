#include "rehearsal/driver/current.h"

#define MAX_CURRENT 64

static _Thread_local struct context *current[MAX_CURRENT];
static _Thread_local int current_count;

bool context_is_alive(const struct context *context)
{
        for (const struct context *c = driver.contexts; c; c = c->next) {
                if (c == context)
                        return true;
        }
        return false;
}

struct context *current_top(void)
{
        return current_count ? current[current_count - 1] : NULL;
}

CUresult current_push(struct context *context)
{
        if (current_count == MAX_CURRENT)
                return CUDA_ERROR_INVALID_VALUE;
        current[current_count++] = context;
        return CUDA_SUCCESS;
}

void current_pop(void)
{
        if (current_count)
                current_count--;
}

CUresult current_context(struct context **ret_context)
{
        struct context *context = current_top();

        if (!driver.is_ready)
                return CUDA_ERROR_NOT_INITIALIZED;
        if (!context)
                return CUDA_ERROR_INVALID_CONTEXT;
        if (!context_is_alive(context))
                return CUDA_ERROR_CONTEXT_IS_DESTROYED;
        if (driver.error != CUDA_SUCCESS)
                return driver.error;
        *ret_context = context;
        return CUDA_SUCCESS;
}
