#include "runner/kernel/kernel_worker.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "jobs/jobfile.h"
#include "lib/io.h"
#include "lib/text.h"
#include "runner/process/report.h"

bool kernel_succeed(const struct cuda *cuda, int report, CUresult result, const char *call)
{
        char text[WHY_SIZE];

        if (result == CUDA_SUCCESS)
                return true;
        cuda_explain(cuda, result, call, text);
        report_error(report, "%s", text);
        return false;
}

bool worker_succeed(const struct worker *worker, CUresult result, const char *call)
{
        bool again = worker->jobs > 0 && !worker->launched;
        char text[WHY_SIZE];

        if (result == CUDA_SUCCESS)
                return true;
        cuda_explain(&worker->cuda, result, call, text);
        text_make_line(text);
        report(worker->report,
                json_pack("{s:s, s:s, s:b}", "type", "error", "reason", text, "again", again));
        return false;
}

bool worker_take(
        struct worker *worker, const struct kernel_order *order, struct worker_place *place)
{
        place->job = order->to;
        if (order->point == 0)
                return true;
        job_clear(&place->point);
        if (!jobfile_point(order->to, order->point, &place->point)) {
                report_error(worker->report, "%s", place->point.error);
                return false;
        }
        place->job = &place->point;
        return true;
}

void worker_enter(struct worker *worker, struct worker_place *place)
{
        worker->job = place->job;
        worker->function = place->function;
        worker->buffer = place->buffer;
        worker->modules.loose = place->loose;
}

void worker_leave(const struct worker *worker, struct worker_place *place)
{
        place->function = worker->function;
        place->loose = worker->modules.loose;
}

/* A mapping is made and taken back by all threads of the process: more than reading a little. */
static void *read_small(int fd, uint64_t bytes)
{
        void *data = malloc(bytes);
        int error = data ? io_read_all(fd, data, bytes) : -ENOMEM;

        if (!error)
                return data;
        free(data);
        errno = -error;
        return NULL;
}

void *worker_get_input(int fd, uint64_t bytes)
{
        void *data;

        if (bytes <= KERNEL_SMALL_BYTES)
                return read_small(fd, bytes);
        data = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
        return data == MAP_FAILED ? NULL : data;
}

void worker_drop_input(void *input, uint64_t bytes)
{
        if (bytes <= KERNEL_SMALL_BYTES)
                free(input);
        else if (input)
                munmap(input, bytes);
}
