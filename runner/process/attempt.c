#include "runner/process/attempt.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "runner/process/limits.h"

#define MAX_TIMINGS     32
#define GIVE_UP_SECONDS 5.0 /* for a child that failed to print what it has to and to leave */

void attempt_init(struct attempt *attempt, const struct kind *kind, const struct entry *entry,
        const struct attempt_place *place)
{
        *attempt = (struct attempt){
                .entry = entry,
                .place = place,
                .kind = kind,
                .evidence.timeout_ms = entry->job->timeout_ms,
                .evidence.expected = entry->job->expectations,
                .part_deadline = INFINITY,
                .outcome.timings = json_object(),
                .outcome.outputs = json_array(),
        };
}

void attempt_ahead(struct attempt *attempt)
{
        if (attempt->kind->ahead)
                attempt->kind->ahead(attempt);
        if (attempt->process)
                attempt->process->unheard = true;
        attempt->evidence.error[0] = '\0';
}

void attempt_begin(struct attempt *attempt)
{
        attempt->outcome.start_s = clock_seconds();
        attempt->deadline =
                attempt->outcome.start_s + (double)attempt->entry->job->timeout_ms / 1e3;
        attempt->next_look = attempt->outcome.start_s + LIMITS_SECONDS;
        if (attempt->process)
                attempt->process->unheard = false;
        attempt->kind->begin(attempt);
}

void attempt_full(struct attempt *attempt, const char *what, uint64_t bytes)
{
        attempt_error(attempt,
                "%s: %llu bytes are needed in the region, but %llu are left; make the region "
                "larger",
                what, (unsigned long long)bytes,
                (unsigned long long)journal_room(attempt->place->journal));
}

bool attempt_kept(
        struct attempt *attempt, const char *file, uint64_t bytes, enum region_error error)
{
        if (error == REGION_FULL)
                attempt_full(attempt, file, bytes);
        else if (error != REGION_OK)
                attempt_error(attempt, "%s: %s", file, region_strerror(error));
        return error == REGION_OK;
}

bool attempt_store_fits(struct attempt *attempt, const char *what, uint64_t bytes)
{
        uint64_t room = shelf_room(attempt->place->journal->shelf);

        if (bytes <= room)
                return true;
        attempt_error(attempt,
                "%s: %llu bytes are needed in the store, but %llu are left; make a larger store",
                what, (unsigned long long)bytes, (unsigned long long)room);
        return false;
}

bool attempt_store(struct attempt *attempt, const char *file, const char *path, uint64_t bytes)
{
        char why[WHY_SIZE];

        if (!attempt_store_fits(attempt, file, region_record_bytes(strlen(path), bytes)))
                return false;
        if (shelf_begin(attempt->place->journal->shelf, path, bytes, why))
                return true;
        attempt_error(attempt, "%s cannot be written to the store: %s", file, why);
        return false;
}

bool attempt_stored(struct attempt *attempt, const char *file, const char *path, uint64_t bytes,
        uint8_t ret_sha256[SHA256_SIZE])
{
        struct journal *journal = attempt->place->journal;
        struct shelf_place place;
        char why[WHY_SIZE];

        if (!shelf_end(journal->shelf, &place, ret_sha256, why)) {
                attempt_error(attempt, "%s cannot be written to the store: %s", file, why);
                return false;
        }
        return attempt_kept(attempt, file, journal_stored_bytes(path),
                journal_stored(journal, path, bytes, ret_sha256, &place));
}

void *attempt_make_state(struct attempt *attempt, size_t bytes)
{
        if (!attempt->state)
                attempt->state = calloc(1, bytes);
        if (!attempt->state)
                attempt_error(attempt, "out of memory");
        return attempt->state;
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

bool attempt_hold(struct attempt *attempt, int64_t bytes)
{
        struct journal *journal = attempt->place->journal;
        bool fits = journal_hold(journal, journal->held_bytes + (uint64_t)bytes);

        if (fits || bytes <= 0)
                attempt->extra_bytes += (uint64_t)bytes;
        else
                journal_hold(journal, journal->held_bytes - (uint64_t)bytes);
        return fits;
}

/* --- its process --- */

bool attempt_launch(struct attempt *attempt, process_main *main, void *context)
{
        const struct region_writer *writer = &attempt->place->journal->writer;
        int error = limits_start(&attempt->entry->job->limits, writer->base, writer->size, main,
                context, &attempt->process);

        if (error)
                attempt_error(attempt, "no process can be started: %s", strerror(-error));
        return !error;
}

void attempt_limit_part(struct attempt *attempt, double seconds)
{
        attempt->part_limit_s = seconds;
        attempt->part_deadline = clock_seconds() + seconds;
}

void attempt_drop(struct attempt *attempt)
{
        process_free(attempt->process);
        attempt->process = NULL;
}

void attempt_restart(struct attempt *attempt)
{
        attempt->evidence.error[0] = attempt->evidence.step[0] = '\0';
        attempt->gave_up = attempt->again = false;
        attempt->part_deadline = INFINITY;
        attempt->deadline = attempt->outcome.start_s + (double)attempt->evidence.timeout_ms / 1e3;
        json_object_clear(attempt->outcome.timings);
}

/* --- messages that all kinds send --- */

static void take_step(struct attempt *attempt, const json_t *message)
{
        const char *name = json_string_value(json_object_get(message, "name"));

        snprintf(attempt->evidence.step, sizeof(attempt->evidence.step), "%s", name ? name : "");
}

static void take_timing(struct attempt *attempt, const json_t *message)
{
        const char *name = json_string_value(json_object_get(message, "name"));
        json_t *timings = attempt->outcome.timings;
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
        attempt->again = json_is_true(json_object_get(message, "again"));
        attempt->part_deadline = INFINITY;
        attempt->deadline = fmin(attempt->deadline, clock_seconds() + GIVE_UP_SECONDS);
}

static void take_message(struct attempt *attempt, const json_t *message)
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
        else if (attempt->kind->take)
                attempt->kind->take(attempt, type, message);
}

/* --- moving on --- */

/* Nothing can become of it any more: an error that is not the child's own, which it may explain. */
static bool is_hopeless(const struct attempt *attempt)
{
        return attempt->evidence.error[0] && !attempt->gave_up;
}

static void look_at_limits(struct attempt *attempt)
{
        char why[WHY_SIZE];
        uint64_t bytes = 0;

        if (clock_seconds() < attempt->next_look)
                return;
        if (attempt->kind->folder_bytes)
                bytes = attempt->kind->folder_bytes(attempt);
        if (!limits_hold(&attempt->entry->job->limits, attempt->process, bytes, why))
                attempt_error(attempt, "%s", why);
        attempt->next_look = clock_seconds() + LIMITS_SECONDS;
}

/* Whether its time, or that of what it does now, is over. */
static bool look_at_time(struct attempt *attempt)
{
        double now = clock_seconds();

        attempt->evidence.late = now >= attempt->deadline;
        if (!attempt->evidence.late && now >= attempt->part_deadline)
                attempt->evidence.hung_s = attempt->part_limit_s;
        return attempt->evidence.late || attempt->evidence.hung_s > 0;
}

/* Whether its process has to end, or has ended and said everything. */
static bool watch(struct attempt *attempt)
{
        bool exited = attempt->process->exited;
        json_t *message = NULL;

        while (!is_hopeless(attempt) && !attempt->left &&
                (exited || clock_seconds() < attempt->deadline) &&
                (message = process_message(attempt->process))) {
                take_message(attempt, message);
                json_decref(message);
        }
        if (is_hopeless(attempt) || exited || attempt->left)
                return true;
        if (process_stop_signal())
                attempt->evidence.stop_signal = process_stop_signal();
        else if (!attempt->process->exited && look_at_time(attempt))
                return true;
        else if (!attempt->gave_up)
                look_at_limits(attempt);
        return attempt->evidence.stop_signal || is_hopeless(attempt);
}

/* What the kind says when its process is gone. */
static bool end_process(struct attempt *attempt)
{
        struct process *process = attempt->process;
        char why[WHY_SIZE];

        if (!limits_held(&attempt->entry->job->limits, process, why))
                attempt_error(attempt, "%s", why);
        attempt->evidence.exited = process->exited;
        attempt->evidence.wait_status = process->wait_status;
        attempt->evidence.stuck = process->stuck;
        attempt->kind->ended(attempt);
        if (attempt->process != process) { /* it launched another one */
                process_free(process);
                return false;
        }
        attempt_drop(attempt);
        return true;
}

/* The same of a process that goes on to other jobs, which is an end as good as any. */
static void leave_process(struct attempt *attempt)
{
        char why[WHY_SIZE];

        process_drain(attempt->process);
        if (!limits_held(&attempt->entry->job->limits, attempt->process, why))
                attempt_error(attempt, "%s", why);
        attempt->evidence.exited = true;
        attempt->evidence.wait_status = 0;
        attempt->kind->ended(attempt);
}

bool attempt_step(struct attempt *attempt)
{
        if (!attempt->process)
                return true;
        if (!attempt->process->ending) {
                if (!watch(attempt))
                        return false;
                if (attempt->left && !is_hopeless(attempt)) {
                        leave_process(attempt);
                        return true;
                }
                attempt->left = false;
                process_kill(attempt->process);
        }
        return process_is_gone(attempt->process) && end_process(attempt);
}

double attempt_next_time(const struct attempt *attempt)
{
        return fmin(fmin(attempt->deadline, attempt->part_deadline), attempt->next_look);
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

        if (capture->length == 0)
                return;
        if (capture->dropped > 0)
                add_note(capture);
        attempt_path(attempt, name, path);
        attempt_kept(attempt, name, region_record_bytes(strlen(path), capture->length),
                journal_file(attempt->place->journal, path, capture->data, capture->length));
}

void attempt_keep_streams(struct attempt *attempt)
{
        struct capture *output = attempt->process->output;

        attempt->outcome.stdout_dropped_bytes = output[0].dropped;
        attempt->outcome.stderr_dropped_bytes = output[1].dropped;
        keep_stream(attempt, "stdout", &output[0]);
        keep_stream(attempt, "stderr", &output[1]);
}

/* --- the end --- */

void attempt_decide(struct attempt *attempt)
{
        outcome_decide(&attempt->evidence, &attempt->outcome);
}

void attempt_finish(struct attempt *attempt)
{
        attempt_decide(attempt);
        attempt->outcome.wall_s = clock_seconds() - attempt->outcome.start_s;
}

void attempt_clear(struct attempt *attempt)
{
        attempt_drop(attempt);
        if (attempt->state)
                attempt->kind->clear(attempt);
        free(attempt->state);
        outcome_clear(&attempt->outcome);
}
