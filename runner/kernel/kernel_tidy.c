#include "runner/kernel/kernel_tidy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "runner/kernel/kernel_buffers.h"
#include "runner/kernel/kernel_module.h"

static bool refuse(char *why, const char *what)
{
        snprintf(why, TIDY_WHY, "%s", what);
        return false;
}

/* Those that there are on this driver and GPU. */
static uint32_t read_limits(const struct worker *worker, size_t value[WORKER_LIMITS])
{
        uint32_t known = 0;

        for (int i = 0; worker->cuda.cuCtxGetLimit && i < (int)WORKER_LIMITS; i++) {
                if (worker->cuda.cuCtxGetLimit(&value[i], i) == CUDA_SUCCESS)
                        known |= UINT32_C(1) << i;
        }
        return known;
}

void kernel_tidy_note(struct worker *worker)
{
        worker->limits_known = read_limits(worker, worker->limit);
}

void kernel_tidy_begin(struct worker *worker)
{
        size_t total;

        worker->free_bytes = 0;
        worker->grew = false;
        worker->had_buffers = worker->download.buffer[1] != NULL;
        if (worker->cuda.cuMemGetInfo &&
                worker->cuda.cuMemGetInfo(&worker->free_bytes, &total) != CUDA_SUCCESS)
                worker->free_bytes = 0;
}

/* --- afterwards --- */

CUresult kernel_tidy_give_back(struct worker *worker)
{
        CUresult result = kernel_buffers_clear(worker), next = kernel_buffers_free(worker);

        result = result == CUDA_SUCCESS ? next : result;
        return result == CUDA_SUCCESS ? kernel_module_release(worker) : result;
}

static bool limits_stayed(const struct worker *worker)
{
        size_t value[WORKER_LIMITS];
        uint32_t known = read_limits(worker, value);

        for (int i = 0; i < (int)WORKER_LIMITS; i++) {
                if (known >> i & 1 && value[i] != worker->limit[i])
                        return false;
        }
        return known == worker->limits_known;
}

/* Its descendants that have lost their parents become children of this process. */
static bool has_children(void)
{
        return waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD;
}

/*
 * The driver's own growth counts as the job's; but not what the first launch of a kernel takes, or
 * the first large output, whose buffers and streams are kept.
 */
static uint64_t missing_bytes(const struct worker *worker)
{
        bool grew = worker->grew || worker->modules.first ||
                    (worker->download.buffer[1] && !worker->had_buffers);
        size_t now = 0, total;

        if (grew || !worker->free_bytes ||
                worker->cuda.cuMemGetInfo(&now, &total) != CUDA_SUCCESS ||
                now >= worker->free_bytes)
                return 0;
        return worker->free_bytes - now;
}

bool kernel_tidy(
        struct worker *worker, kernel_tidy_giver *give_back, uint64_t *ret_missing, char *why)
{
        const struct cuda *cuda = &worker->cuda;

        if (!cuda->cuMemFree || !cuda->cuMemGetInfo || !cuda->cuModuleUnload)
                return refuse(why, "the driver is too old to give memory and modules back");
        if (worker->modules.takes_memory)
                return refuse(why, "its module can take memory of the context, or cannot be read");
        if (give_back(worker) != CUDA_SUCCESS)
                return refuse(why, "its memory or its module could not be given back");
        if (cuda->cuCtxSynchronize() != CUDA_SUCCESS)
                return refuse(why, "the context has an error");
        if (!limits_stayed(worker))
                return refuse(why, "the context's limits have changed");
        if (has_children())
                return refuse(why, "it left processes");
        *ret_missing = missing_bytes(worker);
        return true;
}
