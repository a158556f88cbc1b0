#include "runner/kernel_run.h"

#include <string.h>

#include "runner/clock.h"
#include "runner/kernel_job.h"
#include "runner/output.h"

struct kernel_run {
        struct outputs outputs;
        size_t next; /* output that is asked for next */
        void *room;  /* where it goes; NULL: none is being copied */
};

/* --- outputs come one at a time, each straight into its record --- */

static void ask_for_output(struct attempt *attempt)
{
        struct kernel_run *run = attempt->kind;
        const struct output *output = &run->outputs.output[run->next];
        struct kernel_order order = { .index = run->next, .bytes = output->bytes };
        enum region_error error =
                journal_reserve(attempt->journal, output->path, output->bytes, &order.to);

        if (error == REGION_FULL)
                attempt_full(attempt, output->file,
                        region_record_bytes(strlen(output->path), output->bytes));
        else if (error != REGION_OK)
                attempt_error(attempt, "%s: %s", output->file, region_strerror(error));
        else if (process_order(&attempt->process, &order, sizeof(order)))
                run->room = order.to;
}

/* The time that the supervisor takes is not the job's. */
static void take_output(struct attempt *attempt, const json_t *message)
{
        struct kernel_run *run = attempt->kind;
        json_int_t index = json_integer_value(json_object_get(message, "index"));
        const struct output *output = &run->outputs.output[run->next];
        double start = clock_seconds();

        if (!run->room || index != (json_int_t)run->next)
                return;
        output_judge(output, run->room, attempt->outcome->outputs, &attempt->facts);
        run->room = NULL;
        journal_keep(attempt->journal, output->path, output->bytes);
        run->next++;
        if (run->next < run->outputs.count)
                ask_for_output(attempt);
        attempt->deadline += clock_seconds() - start;
}

static void take_message(struct attempt *attempt, const char *type, const json_t *message)
{
        struct kernel_run *run = attempt->kind;

        if (strcmp(type, "output") == 0)
                take_output(attempt, message);
        else if (strcmp(type, "ready") == 0 && run->outputs.count > 0 && run->next == 0 &&
                 !run->room)
                ask_for_output(attempt);
        else if (strcmp(type, "end") == 0)
                attempt->facts.finished = run->next == run->outputs.count;
}

/* An output that was being copied when the process ended is no output. */
static void drop_output(struct attempt *attempt)
{
        struct kernel_run *run = attempt->kind;
        const struct output *output = &run->outputs.output[run->next];

        if (run->room)
                journal_drop(attempt->journal, output->path, output->bytes);
}

/* What cannot work is known before the job runs, so that no time on the GPU is lost to it. */
static bool prepare(struct attempt *attempt)
{
        struct kernel_run *run = attempt->kind;

        if (!outputs_prepare(attempt->entry, attempt->folder, &run->outputs, attempt->facts.error))
                return false;
        if (run->outputs.record_bytes > journal_room(attempt->journal)) {
                attempt_full(attempt, "its outputs do not fit", run->outputs.record_bytes);
                return false;
        }
        return true;
}

void kernel_run(struct attempt *attempt)
{
        struct region_writer *writer = &attempt->journal->writer;
        struct kernel_run run = { .next = 0 };
        struct kernel_task task = {
                .job = attempt->entry->job,
                .device = attempt->entry->device,
                .folder = attempt->folder,
                .region = writer->base,
                .region_bytes = writer->size,
        };

        attempt->kind = &run;
        if (prepare(attempt)) {
                attempt_process(attempt, kernel_job_main, &task, take_message);
                drop_output(attempt);
                attempt_keep_streams(attempt);
        }
        outputs_clear(&run.outputs);
}
