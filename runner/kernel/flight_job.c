#include "runner/kernel/flight_job.h"

#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "runner/kernel/kernel_buffers.h"
#include "runner/kernel/kernel_launch.h"
#include "runner/kernel/kernel_limits.h"
#include "runner/kernel/kernel_module.h"
#include "runner/process/report.h"

#define PINNED_BYTES (UINT64_C(1) << 20) /* for outputs of KERNEL_SMALL_BYTES at most */

/* What is recorded in the stream of each job, one behind the other. */
enum moment { BEFORE_FILL, BEFORE_KERNEL, BEHIND_KERNEL, BEHIND_COPY, MOMENTS };

static struct flight_job {
        struct worker_place place;
        CUstream stream; /* made when it is needed first, like the events */
        CUevent event[MOMENTS];
        uint64_t outputs_at, outputs_bytes; /* in the board */
} flight[KERNEL_MOST_TOGETHER];

static char *pinned; /* PINNED_BYTES; NULL: it was not needed yet */

bool flight_job_take(struct worker *worker)
{
        for (uint32_t i = 0; i < worker->together; i++) {
                struct kernel_order order;

                if (read(worker->order, &order, sizeof(order)) != sizeof(order) ||
                        !worker_take(worker, &order, &flight[i].place))
                        return false;
                flight[i].outputs_at = order.index;
                flight[i].outputs_bytes = order.bytes;
        }
        return true;
}

/* The interpreter sees then when a job reaches for what is another's; a GPU cannot. */
static void set_part(const struct worker *worker, uint32_t part)
{
        if (worker->cuda.forestage_rehearsal_part)
                worker->cuda.forestage_rehearsal_part(part);
}

static void enter(struct worker *worker, uint32_t number)
{
        worker_enter(worker, &flight[number].place);
        set_part(worker, 1 + number);
}

/* --- what is kept from one flight to the next --- */

static bool has_streams(struct worker *worker)
{
        const struct cuda *cuda = &worker->cuda;

        if (cuda->cuMemcpyHtoDAsync && cuda->cuMemsetD8Async && cuda->cuMemsetD32Async &&
                cuda->cuEventCreate && cuda->cuEventRecord && cuda->cuEventElapsedTime)
                return true;
        report_error(worker->report, "the driver is too old for jobs side by side");
        return false;
}

static bool make_stream(struct worker *worker, struct flight_job *job)
{
        if (job->stream)
                return true;
        worker->grew = true;
        for (int i = 0; i < MOMENTS; i++) {
                if (!CALL(worker, cuEventCreate, &job->event[i], 0))
                        return false;
        }
        /* One that the context's own stream does not wait for: that copies large outputs. */
        return CALL(worker, cuStreamCreate, &job->stream, CU_STREAM_NON_BLOCKING);
}

static bool make_pinned(struct worker *worker)
{
        void *memory;

        if (pinned)
                return true;
        worker->grew = true;
        if (!CALL(worker, cuMemHostAlloc, &memory, PINNED_BYTES, 0))
                return false;
        pinned = memory;
        return true;
}

/* --- modules and memory, before the first of them starts: both can make the GPU wait --- */

static bool prepare(struct worker *worker, uint32_t number)
{
        struct flight_job *job = &flight[number];
        struct kernel_times *times = &worker->board->beside[number];
        bool takes_memory = worker->modules.takes_memory, first = worker->modules.first;
        double start = clock_seconds(), loaded;
        bool good;

        enter(worker, number);
        good = kernel_module_load(worker);
        loaded = clock_seconds();
        good = good && kernel_buffers_make(worker);
        worker_leave(worker, &job->place);
        worker->modules.takes_memory |= takes_memory;
        worker->modules.first |= first;
        kernel_board_time(times, KERNEL_TIME_MODULE, loaded - start);
        kernel_board_time(times, KERNEL_TIME_ALLOCATE, clock_seconds() - loaded);
        return good && make_stream(worker, job);
}

static bool prepare_all(struct worker *worker)
{
        worker->modules.takes_memory = worker->modules.first = false;
        for (uint32_t i = 0; i < worker->together; i++) {
                if (!prepare(worker, i))
                        return false;
        }
        return make_pinned(worker);
}

/* --- into the streams --- */

/* Whether the output comes through `pinned`, whose first `used` bytes are taken. */
static bool is_pinned(const struct buffer *output, uint64_t used)
{
        return output->bytes <= KERNEL_SMALL_BYTES && output->bytes <= PINNED_BYTES - used;
}

/* Large outputs are fetched later: a copy to memory that is not pinned waits for the kernel. */
static bool start_copies(struct worker *worker, struct flight_job *job, uint64_t *used)
{
        const struct buffer *output;

        for (uint64_t i = 0; (output = kernel_buffers_output(worker, i)); i++) {
                if (!is_pinned(output, *used))
                        continue;
                if (!CALL(worker, cuMemcpyDtoHAsync, pinned + *used, output->address, output->bytes,
                            job->stream))
                        return false;
                *used += output->bytes;
        }
        return true;
}

static bool note(struct worker *worker, struct flight_job *job, enum moment moment)
{
        return CALL(worker, cuEventRecord, job->event[moment], job->stream);
}

/* The limits of a function are set for one launch, so right before it. */
static bool start_job(struct worker *worker, struct flight_job *job, uint64_t *used)
{
        return kernel_limits_hold(worker) && note(worker, job, BEFORE_FILL) &&
               kernel_buffers_start_fill(worker, job->stream) && note(worker, job, BEFORE_KERNEL) &&
               kernel_launch(worker, job->stream) && note(worker, job, BEHIND_KERNEL) &&
               start_copies(worker, job, used) && note(worker, job, BEHIND_COPY);
}

static bool start_all(struct worker *worker)
{
        uint64_t used = 0;

        for (uint32_t i = 0; i < worker->together; i++) {
                enter(worker, i);
                if (!start_job(worker, &flight[i], &used))
                        return false;
        }
        return true;
}

/* --- out of them --- */

static bool copy_output(
        struct worker *worker, const struct buffer *output, char *to, uint64_t *used)
{
        CUresult result;

        if (is_pinned(output, *used)) {
                memcpy(to, pinned + *used, output->bytes);
                *used += output->bytes;
                return true;
        }
        result = download(&worker->download, to, output->address, output->bytes);
        return worker_succeed(worker, result, worker->download.call);
}

static bool copy_outputs(struct worker *worker, const struct flight_job *job, uint64_t *used)
{
        char *to = worker->board->outputs + job->outputs_at;
        const struct buffer *output;
        uint64_t copied = 0;

        for (uint64_t i = 0; (output = kernel_buffers_output(worker, i)); i++) {
                if (output->bytes > job->outputs_bytes - copied)
                        break; /* an input that is recorded has grown */
                if (!copy_output(worker, output, to + copied, used))
                        return false;
                copied += output->bytes;
        }
        if (copied != job->outputs_bytes)
                report_error(worker->report, "an input file changed while the job ran");
        return copied == job->outputs_bytes;
}

static bool time_of(struct worker *worker, const struct flight_job *job, enum moment from,
        struct kernel_times *times, enum kernel_timing timing)
{
        float milliseconds;

        if (!CALL(worker, cuEventElapsedTime, &milliseconds, job->event[from],
                    job->event[from + 1]))
                return false;
        kernel_board_time(times, timing, (double)milliseconds / 1e3);
        return true;
}

static bool end_job(
        struct worker *worker, struct flight_job *job, struct kernel_times *times, uint64_t *used)
{
        CUresult result = worker->cuda.cuStreamSynchronize(job->stream);
        double start = clock_seconds();

        if (!worker_succeed(worker, result, "the kernel, at cuStreamSynchronize") ||
                !copy_outputs(worker, job, used) ||
                !time_of(worker, job, BEFORE_FILL, times, KERNEL_TIME_FILL) ||
                !time_of(worker, job, BEFORE_KERNEL, times, KERNEL_TIME_LAUNCH) ||
                !time_of(worker, job, BEHIND_KERNEL, times, KERNEL_TIME_OUTPUT))
                return false;
        /* The time in the stream is the GPU's; what is copied here is on top of it. */
        kernel_board_time(times, KERNEL_TIME_OUTPUT,
                times->seconds[KERNEL_TIME_OUTPUT] + clock_seconds() - start);
        return true;
}

static bool end_all(struct worker *worker)
{
        uint64_t used = 0;

        for (uint32_t i = 0; i < worker->together; i++) {
                enter(worker, i);
                if (!end_job(worker, &flight[i], &worker->board->beside[i], &used))
                        return false;
        }
        return true;
}

bool flight_job_run(struct worker *worker)
{
        atomic_store(&worker->board->step, KERNEL_LOADS);
        if (!has_streams(worker) || !prepare_all(worker))
                return false;
        atomic_store(&worker->board->step, KERNEL_RUNS);
        if (!start_all(worker))
                return false;
        if (!end_all(worker))
                return false;
        fflush(NULL); /* what a kernel printed: the supervisor looks for it now */
        report(worker->report, json_pack("{s:s}", "type", "ready"));
        return true;
}

CUresult flight_job_give_back(struct worker *worker)
{
        CUresult result = CUDA_SUCCESS, next;

        for (uint32_t i = 0; i < worker->together && result == CUDA_SUCCESS; i++) {
                enter(worker, i);
                result = kernel_buffers_clear(worker);
        }
        for (uint32_t i = 0; i < worker->together; i++) {
                enter(worker, i);
                next = kernel_buffers_free(worker);
                result = result == CUDA_SUCCESS ? next : result;
                next = kernel_module_release(worker);
                result = result == CUDA_SUCCESS ? next : result;
                worker_leave(worker, &flight[i].place);
        }
        set_part(worker, 0);
        return result;
}
