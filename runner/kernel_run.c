#include "runner/kernel_run.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/clock.h"
#include "runner/kernel_job.h"
#include "runner/output.h"
#include "runner/process.h"
#include "runner/text.h"

#define MAX_TIMINGS     32
#define GIVE_UP_SECONDS 5.0 /* for a child that failed to print what it has to and to leave */

struct attempt {
        const struct entry *entry;
        struct journal *journal;
        struct outcome *outcome;
        struct facts facts;
        struct outputs outputs;
        struct process process;
        double deadline;
        size_t next;  /* output that is asked for next */
        void *room;   /* where it goes; NULL: none is being copied */
        bool gave_up; /* the child said why it cannot go on, and is about to end */
};

__attribute__((format(printf, 2, 3))) static void set_error(
        struct facts *facts, const char *format, ...)
{
        va_list arguments;

        if (facts->error[0])
                return;
        va_start(arguments, format);
        vsnprintf(facts->error, sizeof(facts->error), format, arguments);
        va_end(arguments);
}

static void set_full(struct attempt *attempt, const char *what, uint64_t bytes)
{
        set_error(&attempt->facts,
                "%s: %llu bytes are needed in the region, but %llu are left; make the region "
                "larger",
                what, (unsigned long long)bytes,
                (unsigned long long)journal_room(attempt->journal));
}

/* --- outputs come one at a time, each straight into its record --- */

static void ask_for_output(struct attempt *attempt)
{
        const struct output *output = &attempt->outputs.output[attempt->next];
        struct kernel_order order = { .index = attempt->next, .bytes = output->bytes };
        enum region_error error =
                journal_reserve(attempt->journal, output->path, output->bytes, &order.to);

        if (error == REGION_FULL)
                set_full(attempt, output->file,
                        region_record_bytes(strlen(output->path), output->bytes));
        else if (error != REGION_OK)
                set_error(&attempt->facts, "%s: %s", output->file, region_strerror(error));
        else if (process_order(&attempt->process, &order, sizeof(order)))
                attempt->room = order.to;
}

/* The time that the supervisor takes is not the job's. */
static void take_output(struct attempt *attempt, const json_t *message)
{
        json_int_t index = json_integer_value(json_object_get(message, "index"));
        const struct output *output = &attempt->outputs.output[attempt->next];
        double start = clock_seconds();

        if (!attempt->room || index != (json_int_t)attempt->next)
                return;
        output_judge(output, attempt->room, attempt->outcome->outputs, &attempt->facts);
        attempt->room = NULL;
        journal_keep(attempt->journal, output->path, output->bytes);
        attempt->next++;
        if (attempt->next < attempt->outputs.count)
                ask_for_output(attempt);
        attempt->deadline += clock_seconds() - start;
}

static void drop_output(struct attempt *attempt)
{
        const struct output *output = &attempt->outputs.output[attempt->next];

        if (attempt->room)
                journal_drop(attempt->journal, output->path, output->bytes);
        attempt->room = NULL;
}

/* --- messages --- */

static void take_step(struct attempt *attempt, const json_t *message)
{
        const char *name = json_string_value(json_object_get(message, "name"));

        snprintf(attempt->facts.step, sizeof(attempt->facts.step), "%s", name ? name : "");
}

static void take_timing(struct attempt *attempt, const json_t *message)
{
        const char *name = json_string_value(json_object_get(message, "name"));
        json_t *timings = attempt->outcome->timings;
        char key[40];

        if (!name || strlen(name) > 32 || json_object_size(timings) >= MAX_TIMINGS)
                return;
        snprintf(key, sizeof(key), "%s_s", name);
        json_object_set(timings, key, json_object_get(message, "s"));
}

static void take_error(struct attempt *attempt, const json_t *message)
{
        const char *reason = json_string_value(json_object_get(message, "reason"));

        set_error(&attempt->facts, "%s", reason ? reason : "an error without a reason");
        attempt->gave_up = true;
        attempt->deadline = fmin(attempt->deadline, clock_seconds() + GIVE_UP_SECONDS);
}

static void take_ready(struct attempt *attempt, const json_t *message)
{
        (void)message;
        if (attempt->outputs.count > 0 && attempt->next == 0 && !attempt->room)
                ask_for_output(attempt);
}

static void take_end(struct attempt *attempt, const json_t *message)
{
        (void)message;
        attempt->facts.finished = attempt->next == attempt->outputs.count;
}

static void take_message(struct attempt *attempt, const json_t *message)
{
        static const struct {
                const char *type;
                void (*take)(struct attempt *attempt, const json_t *message);
        } takers[] = {
                { "step", take_step },
                { "timing", take_timing },
                { "error", take_error },
                { "ready", take_ready },
                { "output", take_output },
                { "end", take_end },
        };
        const char *type = json_string_value(json_object_get(message, "type"));

        for (size_t i = 0; type && i < sizeof(takers) / sizeof(takers[0]); i++) {
                if (strcmp(takers[i].type, type) == 0)
                        takers[i].take(attempt, message);
        }
}

/* --- the whole of it --- */

/* What is over is known before the job runs, so that no time on the GPU is lost to it. */
static bool prepare(struct attempt *attempt, int folder)
{
        if (!outputs_prepare(attempt->entry, folder, &attempt->outputs, attempt->facts.error))
                return false;
        if (attempt->outputs.record_bytes > journal_room(attempt->journal)) {
                set_full(attempt, "its outputs do not fit", attempt->outputs.record_bytes);
                return false;
        }
        return true;
}

static void watch(struct attempt *attempt)
{
        enum process_event event = PROCESS_MESSAGE;
        json_t *message;

        while (event == PROCESS_MESSAGE && (!attempt->facts.error[0] || attempt->gave_up)) {
                event = process_next(&attempt->process, attempt->deadline, &message);
                if (event == PROCESS_MESSAGE) {
                        take_message(attempt, message);
                        json_decref(message);
                }
        }
        attempt->facts.late = event == PROCESS_LATE;
        if (event == PROCESS_STOP)
                attempt->facts.stop_signal = process_stop_signal();
}

/* Kept under its limit, with a line that says so. */
static void keep_stream(struct attempt *attempt, const char *name, struct capture *capture)
{
        char path[256], device[16], note[128];
        size_t length = 0;
        char *grown;

        if (capture->length == 0)
                return;
        plan_device_name(attempt->entry, device);
        snprintf(path, sizeof(path), "jobs/%s/%s/%s", attempt->entry->job->name, device, name);
        if (capture->dropped > 0)
                length = (size_t)snprintf(note, sizeof(note),
                        "\n[forestage-run: %llu more bytes were not kept]\n",
                        (unsigned long long)capture->dropped);
        grown = length > 0 ? realloc(capture->data, capture->length + length) : NULL;
        if (grown) {
                memcpy(grown + capture->length, note, length);
                capture->data = grown;
                capture->length += length;
        }
        if (journal_file(attempt->journal, path, capture->data, capture->length) != REGION_OK)
                set_full(attempt, name, region_record_bytes(strlen(path), capture->length));
}

static void run(struct attempt *attempt, int folder)
{
        struct region_writer *writer = &attempt->journal->writer;
        struct kernel_task task = {
                .job = attempt->entry->job,
                .device = attempt->entry->device,
                .folder = folder,
                .region = writer->base,
                .region_bytes = writer->size,
        };
        int error = process_start(&attempt->process, kernel_job_main, &task);

        if (error) {
                set_error(&attempt->facts, "no process can be started: %s", strerror(-error));
                return;
        }
        watch(attempt);
        process_end(&attempt->process);
        drop_output(attempt);
        attempt->facts.exited = attempt->process.exited;
        attempt->facts.wait_status = attempt->process.wait_status;
        attempt->facts.stuck = attempt->process.stuck;
        attempt->outcome->stdout_dropped_bytes = attempt->process.output[0].dropped;
        attempt->outcome->stderr_dropped_bytes = attempt->process.output[1].dropped;
        keep_stream(attempt, "stdout", &attempt->process.output[0]);
        keep_stream(attempt, "stderr", &attempt->process.output[1]);
        process_clear(&attempt->process);
}

void kernel_run(
        const struct entry *entry, int folder, struct journal *journal, struct outcome *outcome)
{
        static struct attempt attempt; /* large, and there is one at a time */

        memset(&attempt, 0, sizeof(attempt));
        attempt.entry = entry;
        attempt.journal = journal;
        attempt.outcome = outcome;
        attempt.facts.timeout_ms = entry->job->timeout_ms;
        attempt.facts.expected = entry->job->expectations;
        outcome->timings = json_object();
        outcome->outputs = json_array();
        outcome->start_s = clock_seconds();
        attempt.deadline = outcome->start_s + (double)entry->job->timeout_ms / 1e3;
        if (prepare(&attempt, folder))
                run(&attempt, folder);
        outcome_decide(&attempt.facts, outcome);
        outputs_clear(&attempt.outputs);
        outcome->wall_s = clock_seconds() - outcome->start_s;
}
