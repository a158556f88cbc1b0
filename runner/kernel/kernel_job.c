#include "runner/kernel/kernel_job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/clock.h"
#include "runner/kernel/flight_job.h"
#include "runner/kernel/kernel_buffers.h"
#include "runner/kernel/kernel_launch.h"
#include "runner/kernel/kernel_limits.h"
#include "runner/kernel/kernel_module.h"
#include "runner/kernel/kernel_tidy.h"
#include "runner/kernel/kernel_worker.h"
#include "runner/process/report.h"

/* --- one step after the other; each says on its own why it failed --- */

static bool load_library(struct worker *worker)
{
        char why[WHY_SIZE];

        if (cuda_open(&worker->cuda, why))
                return true;
        report_error(worker->report, "%s", why);
        return false;
}

static bool initialise(struct worker *worker)
{
        return CALL(worker, cuInit, 0);
}

/* The one that was planned, whatever numbers CUDA gives to the devices in this process. */
static bool find_device(struct worker *worker)
{
        const struct device *planned = worker->task->device;
        char uuid[DEVICE_UUID_LENGTH + 1];
        int count;

        if (!CALL(worker, cuDeviceGetCount, &count))
                return false;
        for (int i = 0; i < count; i++) {
                if (!CALL(worker, cuDeviceGet, &worker->device, i) ||
                        !worker_succeed(worker, cuda_uuid(&worker->cuda, worker->device, uuid),
                                "cuDeviceGetUuid"))
                        return false;
                if (strcmp(uuid, planned->uuid) == 0)
                        return true;
        }
        report_error(worker->report, "GPU %u, %s, was planned, but is not there any more",
                planned->index, planned->uuid);
        return false;
}

static bool make_context(struct worker *worker)
{
        CUcontext context;

        if (!find_device(worker) || !CALL(worker, cuCtxCreate, &context, 0, worker->device))
                return false;
        kernel_tidy_note(worker);
        return true;
}

static bool launch(struct worker *worker)
{
        return kernel_launch(worker, NULL) &&
               worker_succeed(
                       worker, worker->cuda.cuCtxSynchronize(), "the kernel, at cuCtxSynchronize");
}

/* Launches Repeat= times; the outputs of the last time count. */
static bool launch_all(struct worker *worker)
{
        double fill = 0, total = 0, least = 0, most = 0;

        for (uint64_t i = 0; i < worker->job->repeat; i++) {
                double start = clock_seconds(), filled, spent;

                if (!kernel_buffers_fill(worker))
                        return false;
                filled = clock_seconds();
                if (i == 0)
                        atomic_store(&worker->board->step, KERNEL_RUNS);
                if (!launch(worker))
                        return false;
                spent = clock_seconds() - filled;
                fill += filled - start;
                total += spent;
                least = i == 0 || spent < least ? spent : least;
                most = spent > most ? spent : most;
        }
        kernel_board_time(&worker->board->times, KERNEL_TIME_FILL, fill);
        kernel_board_time(&worker->board->times, KERNEL_TIME_LAUNCH, total);
        if (worker->job->repeat > 1) {
                kernel_board_time(&worker->board->times, KERNEL_TIME_LAUNCH_MIN, least);
                kernel_board_time(&worker->board->times, KERNEL_TIME_LAUNCH_MAX, most);
        }
        return true;
}

/* --- outputs --- */

/* Opens or closes the pages around `bytes` bytes at `at` in the region. */
static bool protect(const void *at, uint64_t bytes, int protection)
{
        uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
        uintptr_t from = (uintptr_t)at & ~(page - 1);
        uintptr_t to = ((uintptr_t)at + bytes + page - 1) & ~(page - 1);

        /* They stay in the region; this process has them no more, and they are none of its memory.
         */
        if (protection == PROT_NONE)
                madvise((void *)from, to - from, MADV_DONTNEED);
        return mprotect((void *)from, to - from, protection) == 0;
}

static void tell_piece(void *context, uint64_t bytes)
{
        const struct worker *worker = context;

        report(worker->report, json_pack("{s:s, s:I, s:I}", "type", "piece", "index",
                                       (json_int_t)worker->output, "bytes", (json_int_t)bytes));
}

static bool copy_output(struct worker *worker, const struct kernel_order *order)
{
        const struct buffer *buffer = kernel_buffers_output(worker, order->index);
        bool in_region = !worker->task->staged && order->to != worker->board->output;
        CUresult result;
        bool good;

        if (!buffer || buffer->bytes != order->bytes) {
                report_error(worker->report, "an input file changed while the job ran");
                return false;
        }
        if (in_region && !protect(order->to, order->bytes, PROT_READ | PROT_WRITE)) {
                report_error(worker->report, "the region cannot be opened for an output: %s",
                        strerror(errno));
                return false;
        }
        worker->output = order->index;
        result = download(&worker->download, order->to, buffer->address, order->bytes);
        good = worker_succeed(worker, result, worker->download.call);
        if (in_region)
                protect(order->to, order->bytes, PROT_NONE);
        if (good)
                report(worker->report, json_pack("{s:s, s:I}", "type", "output", "index",
                                               (json_int_t)order->index));
        return good;
}

static bool copy_outputs(struct worker *worker)
{
        double spent = 0;

        if (!worker->asked)
                report(worker->report, json_pack("{s:s}", "type", "ready"));
        for (uint64_t i = 0; kernel_buffers_output(worker, i); i++) {
                struct kernel_order order;
                double start;

                if (read(worker->order, &order, sizeof(order)) != sizeof(order))
                        return false; /* the supervisor has no use for it any more */
                start = clock_seconds();
                if (!copy_output(worker, &order))
                        return false;
                spent += clock_seconds() - start;
        }
        kernel_board_time(&worker->board->times, KERNEL_TIME_OUTPUT, spent);
        return true;
}

static struct worker_place single; /* of a job that runs alone */

/* The job at hand, or those that run side by side. */
static bool take_jobs(struct worker *worker, const struct kernel_order *order)
{
        worker->together = order->index == KERNEL_TOGETHER ? order->point : 0;
        worker->launched = false;
        if (worker->together > 0)
                return flight_job_take(worker);
        if (!worker_take(worker, order, &single))
                return false;
        worker_enter(worker, &single);
        return true;
}

/* The process may have been started while the job before this one still ran. */
static bool wait_for_go(struct worker *worker)
{
        struct kernel_order order;

        if (read(worker->order, &order, sizeof(order)) != sizeof(order) ||
                (order.index != KERNEL_GO && order.index != KERNEL_TOGETHER))
                return false; /* the supervisor has no more use for it */
        worker->stays = order.bytes & KERNEL_STAYS;
        worker->asked = order.bytes & KERNEL_ASKED;
        if (!take_jobs(worker, &order))
                return false;
        atomic_store(&worker->board->went, 1);
        if (worker->jobs == 0) /* it has its context now: that is news */
                report(worker->report, json_pack("{s:s}", "type", "go"));
        if (order.bytes & KERNEL_ANEW &&
                !worker_succeed(worker, kernel_module_drop(worker), "cuModuleUnload"))
                return false;
        if (worker->stays)
                kernel_tidy_begin(worker);
        return true;
}

/* Once, the last of them before the first job. */
static const struct first_step {
        const char *name, *timing;
        bool (*run)(struct worker *worker);
} first_steps[] = {
        { "loading libcuda.so.1", "library", load_library },
        { "cuInit", "init", initialise },
        { "making the context", "context", make_context },
        { KERNEL_WAITS, NULL, wait_for_go },
};

#define FIRST_STEPS          (sizeof(first_steps) / sizeof(first_steps[0]))
#define FIRST_STEP_WITH_CUDA 2

static bool run_first_steps(struct worker *worker, size_t from)
{
        for (size_t i = from; i < FIRST_STEPS; i++) {
                double start = clock_seconds();

                report_step(worker->report, first_steps[i].name);
                if (!first_steps[i].run(worker))
                        return false;
                if (first_steps[i].timing)
                        report_timing(
                                worker->report, first_steps[i].timing, clock_seconds() - start);
        }
        return true;
}

static bool run_job(struct worker *worker)
{
        static const struct {
                enum kernel_step step;
                enum kernel_timing timing;
                bool (*run)(struct worker *worker);
        } steps[] = {
                { KERNEL_LOADS, KERNEL_TIME_MODULE, kernel_module_load },
                { KERNEL_CHECKS, KERNEL_UNTIMED, kernel_limits_hold },
                { KERNEL_ALLOCATES, KERNEL_TIME_ALLOCATE, kernel_buffers_make },
                { KERNEL_FILLS, KERNEL_UNTIMED, launch_all },
                { KERNEL_COPIES, KERNEL_UNTIMED, copy_outputs },
        };

        for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
                double start = clock_seconds();

                atomic_store(&worker->board->step, steps[i].step);
                if (!steps[i].run(worker))
                        return false;
                if (steps[i].timing != KERNEL_UNTIMED)
                        kernel_board_time(
                                &worker->board->times, steps[i].timing, clock_seconds() - start);
        }
        return true;
}

/* The job is done. Whether the process can do another one. */
static bool end_job(struct worker *worker)
{
        json_t *message = json_pack("{s:s}", "type", "end");
        double start = clock_seconds();
        char why[TIDY_WHY] = "";
        uint64_t missing = 0;
        bool good = worker->stays &&
                    kernel_tidy(worker,
                            worker->together > 0 ? flight_job_give_back : kernel_tidy_give_back,
                            &missing, why);

        if (worker->stays)
                kernel_board_time(&worker->board->times, KERNEL_TIME_TIDY, clock_seconds() - start);
        fflush(NULL); /* what the kernel printed */
        if (good) {
                json_object_set_new(message, "stays", json_true());
                json_object_set_new(message, "missing", json_integer((json_int_t)missing));
        } else if (worker->stays) {
                json_object_set_new(message, "unfit", json_string(why));
        }
        report(worker->report, message);
        worker->jobs++;
        return good;
}

static int work(struct worker *worker, size_t first_step)
{
        bool another;

        worker->folder = worker->task->folder;
        worker->download.cuda = &worker->cuda;
        worker->download.told = tell_piece;
        worker->download.context = worker;
        worker->board = report_board();
        if (!run_first_steps(worker, first_step))
                return 1;
        do {
                if (!(worker->together > 0 ? flight_job_run(worker) : run_job(worker))) {
                        fflush(NULL);
                        return 1;
                }
                another = end_job(worker);
        } while (another && wait_for_go(worker));
        return 0;
}

static struct worker worker; /* large, and there is one a process */

int kernel_job_main(void *context, int report_fd, int order)
{
        worker.task = context;
        worker.report = report_fd;
        worker.order = order;
        /* Other GPUs need not be initialised for it; on a machine with eight, that is most of it.
         */
        setenv("CUDA_VISIBLE_DEVICES", worker.task->device->uuid, 1);
        return work(&worker, 0);
}

int kernel_job_continue(
        const struct kernel_task *task, const struct cuda *cuda, int report_fd, int order)
{
        worker.task = task;
        worker.cuda = *cuda;
        worker.report = report_fd;
        worker.order = order;
        return work(&worker, FIRST_STEP_WITH_CUDA);
}
