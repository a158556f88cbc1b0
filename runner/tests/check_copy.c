/* Copies between host and device and on the device. */
#include <string.h>

#include "runner/tests/check_transfer.h"

static bool clear_device(struct check_gpu *gpu, CUdeviceptr data, uint64_t bytes)
{
        return GPU(gpu, cuMemsetD8Async, data, 0, bytes, gpu->stream) && gpu_wait(gpu);
}

/* --- the tests --- */

/* Two places on the device and two on the host, `bytes` each. */
struct copy {
        uint64_t bytes;
        CUdeviceptr device, other;
        unsigned char *host, *host_other;
        CUstream second;
        CUevent begun, done;
};

static bool queue_up(struct check_run *run, void *context)
{
        const struct copy *copy = context;
        struct check_gpu *gpu = &run->check->gpu;

        return GPU(gpu, cuMemcpyHtoDAsync, copy->device, copy->host, copy->bytes, gpu->stream);
}

static bool queue_down(struct check_run *run, void *context)
{
        const struct copy *copy = context;
        struct check_gpu *gpu = &run->check->gpu;

        return GPU(gpu, cuMemcpyDtoHAsync, copy->host, copy->device, copy->bytes, gpu->stream);
}

static bool queue_across(struct check_run *run, void *context)
{
        const struct copy *copy = context;
        struct check_gpu *gpu = &run->check->gpu;

        return GPU(gpu, cuMemcpyDtoDAsync, copy->other, copy->device, copy->bytes, gpu->stream);
}

/* Up in the one stream, down in the other; both begin together and the first waits for both. */
static bool queue_both(struct check_run *run, void *context)
{
        const struct copy *copy = context;
        struct check_gpu *gpu = &run->check->gpu;

        return GPU(gpu, cuEventRecord, copy->begun, gpu->stream) &&
               GPU(gpu, cuStreamWaitEvent, copy->second, copy->begun, 0) &&
               queue_up(run, context) &&
               GPU(gpu, cuMemcpyDtoHAsync, copy->host_other, copy->other, copy->bytes,
                       copy->second) &&
               GPU(gpu, cuEventRecord, copy->done, copy->second) &&
               GPU(gpu, cuStreamWaitEvent, gpu->stream, copy->done, 0);
}

/* While no other GPU copies with the host. */
static bool measure_host(
        struct check_run *run, copy_queue *queue, struct copy *copy, double *ret_seconds)
{
        bool good;

        check_begin_host(run);
        good = copy_measure(run, queue, copy, ret_seconds);
        check_end_host(run);
        return good;
}

static enum status run_up(struct check_run *run, struct copy *copy)
{
        double seconds;
        uint64_t errors;

        copy_fill_host(copy->host, copy->bytes);
        if (!clear_device(&run->check->gpu, copy->device, copy->bytes) ||
                !measure_host(run, queue_up, copy, &seconds) ||
                !copy_verify(run, copy->device, copy->bytes, &errors))
                return STATUS_ERROR;
        return copy_result(run, (double)copy->bytes, seconds, errors);
}

static enum status run_down(struct check_run *run, struct copy *copy)
{
        double seconds;

        memset(copy->host, 0, copy->bytes);
        if (!copy_fill(run->check, copy->device, copy->bytes))
                return STATUS_ERROR;
        check_corrupt(run->check, copy->device, copy->bytes);
        if (!measure_host(run, queue_down, copy, &seconds))
                return STATUS_ERROR;
        return copy_result(
                run, (double)copy->bytes, seconds, copy_verify_host(copy->host, copy->bytes));
}

static enum status run_across(struct check_run *run, struct copy *copy)
{
        double seconds;
        uint64_t errors;

        if (!copy_fill(run->check, copy->device, copy->bytes) ||
                !clear_device(&run->check->gpu, copy->other, copy->bytes) ||
                !copy_measure(run, queue_across, copy, &seconds) ||
                !copy_verify(run, copy->other, copy->bytes, &errors))
                return STATUS_ERROR;
        return copy_result(run, (double)copy->bytes, seconds, errors);
}

static bool make_second_stream(struct check_gpu *gpu, struct copy *copy)
{
        static CUstream second;
        static CUevent begun, done;

        if (!second &&
                (!GPU(gpu, cuStreamCreate, &second, CU_STREAM_NON_BLOCKING) ||
                        !GPU(gpu, cuEventCreate, &begun, 0) || !GPU(gpu, cuEventCreate, &done, 0)))
                return false;
        copy->second = second;
        copy->begun = begun;
        copy->done = done;
        return true;
}

static enum status run_both(struct check_run *run, struct copy *copy)
{
        double seconds;
        uint64_t errors;

        copy->bytes /= 2;
        copy->host_other = copy->host + copy->bytes;
        copy_fill_host(copy->host, copy->bytes);
        memset(copy->host_other, 0, copy->bytes);
        if (!make_second_stream(&run->check->gpu, copy) ||
                !clear_device(&run->check->gpu, copy->device, copy->bytes) ||
                !copy_fill(run->check, copy->other, copy->bytes) ||
                !measure_host(run, queue_both, copy, &seconds) ||
                !copy_verify(run, copy->device, copy->bytes, &errors))
                return STATUS_ERROR;
        return copy_result(run, 2 * (double)copy->bytes, seconds,
                errors + copy_verify_host(copy->host_other, copy->bytes));
}

static enum status (*const mains[CHECK_KINDS])(struct check_run *run, struct copy *copy) = {
        [CHECK_COPY_H2D] = run_up,
        [CHECK_COPY_D2H] = run_down,
        [CHECK_COPY_BIDIRECTIONAL] = run_both,
        [CHECK_COPY_D2D] = run_across,
};

enum status check_copy(struct check_run *run)
{
        struct check *check = run->check;
        const struct copy_host *host;
        struct copy copy = { .bytes = 0 };
        enum status status = STATUS_ERROR;

        if (!copy_host_take(check, &host))
                return STATUS_ERROR;
        copy.bytes = host->bytes;
        copy.host = host->data;
        if (gpu_allocate(&check->gpu, copy.bytes, &copy.device) &&
                gpu_allocate(&check->gpu, copy.bytes, &copy.other))
                status = mains[run->kind](run, &copy);
        if (copy.device)
                check->gpu.cuda.cuMemFree(copy.device);
        if (copy.other)
                check->gpu.cuda.cuMemFree(copy.other);
        return status;
}
