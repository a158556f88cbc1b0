#include "runner/kernel/kernel_launch.h"

bool kernel_launch(struct worker *worker, CUstream stream)
{
        static uint64_t zeroes[WORKER_PARAMETER_BYTES / 8];
        static void *parameter[WORKER_PARAMETER_BYTES];
        static size_t used = WORKER_PARAMETER_BYTES;
        const struct job *job = worker->job;
        const uint32_t *grid = job->kernel.grid, *block = job->kernel.block;

        /* A driver that cannot tell how many there are reads on: let it find zeroes. */
        for (size_t i = 0; i < used; i++)
                parameter[i] = zeroes;
        used = job->kernel.arguments;
        for (size_t i = 0; i < job->kernel.arguments; i++)
                parameter[i] = job->kernel.argument[i].kind == ARGUMENT_VALUE
                                       ? (void *)job->kernel.argument[i].value
                                       : (void *)&worker->buffer[i].address;
        if (!CALL(worker, cuLaunchKernel, worker->function, grid[0], grid[1], grid[2], block[0],
                    block[1], block[2], job->kernel.shared_bytes, stream, parameter, NULL))
                return false;
        worker->launched = true;
        return true;
}
