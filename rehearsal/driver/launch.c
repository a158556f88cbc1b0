/* Launches: checked as a driver does, then run to their end. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rehearsal/driver/device.h"
#include "rehearsal/driver/late.h"
#include "rehearsal/driver/module.h"
#include "rehearsal/driver/stream.h"
#include "rehearsal/execute/interpreter.h"

static bool fits_shared(const struct function *function, unsigned dynamic)
{
        if (dynamic <= MAX_STATIC_SHARED - function->shared_size)
                return true;
        return dynamic <= function->max_dynamic_shared;
}

static bool fits_threads(const struct function *function, const unsigned block[3])
{
        const uint32_t *required = function->required_threads, *most = function->max_threads;
        uint64_t count = (uint64_t)block[0] * block[1];

        if (count > MAX_BLOCK_THREADS || count * block[2] > MAX_BLOCK_THREADS ||
                block[2] > MAX_BLOCK_Z)
                return false;
        if (required[0] &&
                (required[0] != block[0] || required[1] != block[1] || required[2] != block[2]))
                return false;
        if (!most[0])
                return true;
        return count * block[2] <= (unsigned __int128)most[0] * most[1] * most[2];
}

static bool is_launchable(const struct function *function, const unsigned grid[3],
        const unsigned block[3], unsigned shared)
{
        for (unsigned i = 0; i < 3; i++) {
                if (!grid[i] || !block[i])
                        return false;
        }
        return grid[0] <= MAX_GRID_X && grid[1] <= MAX_GRID_YZ && grid[2] <= MAX_GRID_YZ &&
               fits_threads(function, block) && fits_shared(function, shared);
}

static CUresult copy_params(const struct function *function, void **params, uint8_t *block)
{
        unsigned i = 0;

        for (const struct variable *param = function->params; param; param = param->next, i++) {
                if (!params || !params[i])
                        return CUDA_ERROR_INVALID_VALUE;
                memcpy(block + param->address, params[i], param->size);
        }
        return CUDA_SUCCESS;
}

/* One buffer with all parameters at their places. */
static CUresult copy_extra(const struct function *function, void **extra, uint8_t *block)
{
        const void *buffer = NULL;
        size_t size = 0;

        for (; *extra != CU_LAUNCH_PARAM_END; extra += 2) {
                if (extra[0] == CU_LAUNCH_PARAM_BUFFER_POINTER)
                        buffer = extra[1];
                else if (extra[0] == CU_LAUNCH_PARAM_BUFFER_SIZE)
                        memcpy(&size, extra[1], sizeof(size));
                else
                        return CUDA_ERROR_INVALID_VALUE;
        }
        if (!buffer || size < function->param_size)
                return CUDA_ERROR_INVALID_VALUE;
        memcpy(block, buffer, function->param_size);
        return CUDA_SUCCESS;
}

/* The faults on demand. True when the launch is over. */
static bool play_fault(void)
{
        while (driver.faults & FAULT_HANG)
                pause();
        if (driver.faults & FAULT_LAUNCH)
                driver.error = CUDA_ERROR_LAUNCH_FAILED;
        return driver.faults & FAULT_LAUNCH;
}

static CUresult run(struct launch *launch)
{
        const char *blocking = getenv("CUDA_LAUNCH_BLOCKING");

        if (!play_fault())
                driver.error = interpreter_run(launch);
        driver.launched = true;
        return blocking && strcmp(blocking, "1") == 0 ? driver.error : CUDA_SUCCESS;
}

CUresult cuLaunchKernel(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
        unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared, CUstream stream,
        void **params, void **extra)
{
        LOCKED;
        const unsigned grid[3] = { grid_x, grid_y, grid_z },
                       block[3] = { block_x, block_y, block_z };
        struct context *context;
        CUresult error = current_context(&context);
        struct launch *launch;
        uint8_t *memory;

        if (error != CUDA_SUCCESS)
                return error;
        if (stream_waits(stream))
                late_arrive();
        if (!function)
                return CUDA_ERROR_INVALID_HANDLE;
        if (!is_launchable(function->function, grid, block, shared))
                return CUDA_ERROR_INVALID_VALUE;
        launch = calloc(1, sizeof(*launch));
        memory = calloc(1, function->function->param_size + 1);
        if (launch && memory) {
                error = extra ? copy_extra(function->function, extra, memory)
                              : copy_params(function->function, params, memory);
                launch->kernel = function->function;
                launch->heap = &driver.heap;
                launch->owner = context;
                memcpy(launch->grid, grid, sizeof(grid));
                memcpy(launch->block, block, sizeof(block));
                launch->dynamic_shared = shared;
                launch->params = memory;
                if (error == CUDA_SUCCESS)
                        error = run(launch);
        } else {
                error = CUDA_ERROR_OUT_OF_MEMORY;
        }
        free(memory);
        free(launch);
        return error;
}

CUresult cuLaunchHostFunc(CUstream stream, void (*function)(void *), void *data)
{
        (void)stream;
        if (!function)
                return CUDA_ERROR_INVALID_VALUE;
        function(data);
        return CUDA_SUCCESS;
}

CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(
        int *blocks, CUfunction function, int block_size, size_t shared)
{
        LOCKED;
        (void)shared;
        if (!blocks || !function || block_size <= 0)
                return CUDA_ERROR_INVALID_VALUE;
        *blocks = block_size > (int)MAX_BLOCK_THREADS ? 0 : 1; /* one after another */
        return CUDA_SUCCESS;
}
