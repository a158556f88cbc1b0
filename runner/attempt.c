#include "runner/attempt.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/clock.h"

#define MAX_TIMINGS     32
#define GIVE_UP_SECONDS 5.0 /* for a child that failed to print what it has to and to leave */

void attempt_start(struct attempt *attempt, const struct entry *entry, int folder,
        struct journal *journal, struct outcome *outcome)
{
        memset(attempt, 0, sizeof(*attempt));
        attempt->entry = entry;
        attempt->folder = folder;
        attempt->journal = journal;
        attempt->outcome = outcome;
        attempt->facts.timeout_ms = entry->job->timeout_ms;
        attempt->facts.expected = entry->job->expectations;
        outcome->timings = json_object();
        outcome->outputs = json_array();
        outcome->start_s = clock_seconds();
        attempt->deadline = outcome->start_s + (double)entry->job->timeout_ms / 1e3;
}

void attempt_error(struct attempt *attempt, const char *format, ...)
{
        va_list arguments;

        if (attempt->facts.error[0])
                return;
        va_start(arguments, format);
        vsnprintf(attempt->facts.error, sizeof(attempt->facts.error), format, arguments);
        va_end(arguments);
}

void attempt_full(struct attempt *attempt, const char *what, uint64_t bytes)
{
        attempt_error(attempt,
                "%s: %llu bytes are needed in the region, but %llu are left; make the region "
                "larger",
                what, (unsigned long long)bytes,
                (unsigned long long)journal_room(attempt->journal));
}

bool attempt_path(
        const struct attempt *attempt, const char *file, char ret_path[REGION_MAX_NAME + 1])
{
        char device[16];
        int length;

        plan_device_name(attempt->entry, device);
        length = snprintf(ret_path, REGION_MAX_NAME + 1, "jobs/%s/%s/%s", attempt->entry->job->name,
                device, file);
        return length >= 0 && length <= (int)REGION_MAX_NAME;
}

/* --- messages that all kinds send --- */

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

        attempt_error(attempt, "%s", reason ? reason : "an error without a reason");
        attempt->gave_up = true;
        attempt->deadline = fmin(attempt->deadline, clock_seconds() + GIVE_UP_SECONDS);
}

static void take_message(struct attempt *attempt, const json_t *message, attempt_message *take)
{
        const char *type = json_string_value(json_object_get(message, "type"));

        if (!type)
                return;
        if (strcmp(type, "step") == 0)
                take_step(attempt, message);
        else if (strcmp(type, "timing") == 0)
                take_timing(attempt, message);
        else if (strcmp(type, "error") == 0)
                take_error(attempt, message);
        else
                take(attempt, type, message);
}

static void watch(struct attempt *attempt, attempt_message *take)
{
        enum process_event event = PROCESS_MESSAGE;
        json_t *message;

        while (event == PROCESS_MESSAGE && (!attempt->facts.error[0] || attempt->gave_up)) {
                event = process_next(&attempt->process, attempt->deadline, &message);
                if (event == PROCESS_MESSAGE) {
                        take_message(attempt, message, take);
                        json_decref(message);
                }
        }
        attempt->facts.late = event == PROCESS_LATE;
        if (event == PROCESS_STOP)
                attempt->facts.stop_signal = process_stop_signal();
}

void attempt_process(
        struct attempt *attempt, process_main *main, void *context, attempt_message *take)
{
        int error = process_start(&attempt->process, main, context);

        if (error) {
                attempt_error(attempt, "no process can be started: %s", strerror(-error));
                return;
        }
        watch(attempt, take);
        process_end(&attempt->process);
        attempt->facts.exited = attempt->process.exited;
        attempt->facts.wait_status = attempt->process.wait_status;
        attempt->facts.stuck = attempt->process.stuck;
}

/* --- what it printed --- */

/* Kept under its limit, with a line that says so. */
static void add_note(struct capture *capture)
{
        char note[128];
        int length =
                snprintf(note, sizeof(note), "\n[forestage-run: %llu more bytes were not kept]\n",
                        (unsigned long long)capture->dropped);
        char *grown = realloc(capture->data, capture->length + (size_t)length);

        if (!grown)
                return;
        memcpy(grown + capture->length, note, (size_t)length);
        capture->data = grown;
        capture->length += (size_t)length;
}

static void keep_stream(struct attempt *attempt, const char *name, struct capture *capture)
{
        char path[REGION_MAX_NAME + 1];
        enum region_error error;

        if (capture->length == 0)
                return;
        if (capture->dropped > 0)
                add_note(capture);
        attempt_path(attempt, name, path);
        error = journal_file(attempt->journal, path, capture->data, capture->length);
        if (error == REGION_FULL)
                attempt_full(attempt, name, region_record_bytes(strlen(path), capture->length));
        else if (error != REGION_OK)
                attempt_error(attempt, "%s: %s", name, region_strerror(error));
}

void attempt_keep_streams(struct attempt *attempt)
{
        struct capture *output = attempt->process.output;

        attempt->outcome->stdout_dropped_bytes = output[0].dropped;
        attempt->outcome->stderr_dropped_bytes = output[1].dropped;
        keep_stream(attempt, "stdout", &output[0]);
        keep_stream(attempt, "stderr", &output[1]);
        process_clear(&attempt->process);
}

void attempt_finish(struct attempt *attempt)
{
        outcome_decide(&attempt->facts, attempt->outcome);
        attempt->outcome->wall_s = clock_seconds() - attempt->outcome->start_s;
}
