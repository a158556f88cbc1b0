#include "runner/kernel/kernel_limits.h"

#include "runner/process/report.h"

static bool check_threads(struct worker *worker)
{
        const uint32_t *block = worker->job->kernel.block;
        unsigned threads = block[0] * block[1] * block[2];
        int limit;

        if (!CALL(worker, cuFuncGetAttribute, &limit, CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK,
                    worker->function))
                return false;
        if (limit < 0 || threads > (unsigned)limit) {
                report_error(worker->report,
                        "Block=%u,%u,%u has %u threads, but '%s' can have at most %d on this GPU",
                        block[0], block[1], block[2], threads, worker->job->kernel.function, limit);
                return false;
        }
        return true;
}

/* More than 48 KiB has to be asked for, function by function. */
static bool check_shared(struct worker *worker)
{
        uint32_t dynamic = worker->job->kernel.shared_bytes;
        int fixed, limit;

        if (dynamic == 0)
                return true;
        if (!CALL(worker, cuFuncGetAttribute, &fixed, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES,
                    worker->function) ||
                !CALL(worker, cuDeviceGetAttribute, &limit,
                        CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, worker->device))
                return false;
        if ((int64_t)fixed + dynamic > limit) {
                report_error(worker->report,
                        "SharedMemory=%u with the kernel's own %d bytes is more than the %d bytes "
                        "that a block has on this GPU",
                        dynamic, fixed, limit);
                return false;
        }
        return CALL(worker, cuFuncSetAttribute, worker->function,
                CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, (int)dynamic);
}

static size_t parameter_bytes(const struct argument *argument)
{
        return argument->kind == ARGUMENT_VALUE ? argument->size : sizeof(CUdeviceptr);
}

/* Drivers since CUDA 12.4 tell what the kernel takes; a wrong list then is named, not launched. */
static bool check_parameters(struct worker *worker)
{
        const struct job *job = worker->job;
        size_t offset, bytes, count = 0;

        if (!worker->cuda.cuFuncGetParamInfo)
                return true;
        while (count < WORKER_PARAMETER_BYTES && worker->cuda.cuFuncGetParamInfo(worker->function,
                                                         count, &offset, &bytes) == CUDA_SUCCESS) {
                const struct argument *argument = &job->kernel.argument[count];

                if (count < job->kernel.arguments && bytes != parameter_bytes(argument)) {
                        report_error(worker->report,
                                "%.*s.conf:%u: argument %zu has %zu bytes, but parameter %zu of "
                                "'%s' "
                                "has %zu",
                                job_stem(job), job->name, argument->line, count + 1,
                                parameter_bytes(argument), count + 1, job->kernel.function, bytes);
                        return false;
                }
                count++;
        }
        if (count != job->kernel.arguments)
                report_error(worker->report,
                        "'%s' takes %zu parameters, but the job file has %zu Argument= lines",
                        job->kernel.function, count, job->kernel.arguments);
        return count == job->kernel.arguments;
}

bool kernel_limits_hold(struct worker *worker)
{
        return check_threads(worker) && check_shared(worker) && check_parameters(worker);
}
