#include "runner/kernel/flight_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/folder.h"
#include "lib/cleanup.h"
#include "lib/clock.h"
#include "lib/crc32c.h"
#include "lib/grow.h"
#include "runner/kernel/crew.h"
#include "runner/kernel/kernel_board.h"
#include "runner/kernel/kernel_image.h"
#include "runner/kernel/kernel_run.h"
#include "runner/record/output.h"

#define MODULE_BYTES     (UINT64_C(64) << 20) /* of one that is looked into */
#define MODULES_KNOWN    4096u
#define LEAST_SECONDS    1.0 /* that a flight has */
#define SHARE_OF_TIMEOUT 8   /* the most that it has, of the least Timeout= */

struct flight {
        struct part {
                struct attempt *attempt;
                struct outputs outputs;
                uint64_t at; /* of its outputs in the board, one behind the other */
                uint64_t bytes;
        } part[KERNEL_MOST_TOGETHER];
        size_t count;
        uint64_t bytes;        /* of all outputs */
        uint64_t device_bytes; /* of all buffers */
        char *data;            /* all outputs, where their process cannot reach them; or NULL */
        bool used, anew;       /* its process has done others; and the last had a wrong value */
        uint64_t missing;      /* of the GPU's memory, afterwards */
};

/* --- who may --- */

void flight_modules_clear(struct flight_modules *modules)
{
        for (size_t i = 0; i < modules->count; i++)
                free(modules->known[i].path);
        free(modules->known);
        *modules = (struct flight_modules){ 0 };
}

/* One that cannot be read says so where it is loaded. */
static bool has_to_be_alone(const char *path, int folder)
{
        _cleanup_free_ char *image = NULL;
        size_t length;

        return folder_read(folder, path, MODULE_BYTES, &image, &length) != 0 ||
               kernel_image_takes_memory(image, length) || kernel_image_prints(image, length);
}

static bool is_alone(struct flight_modules *modules, const char *path, int folder)
{
        bool alone;

        for (size_t i = modules->count; i > 0; i--) { /* that of the job before is the last */
                if (strcmp(modules->known[i - 1].path, path) == 0)
                        return modules->known[i - 1].alone;
        }
        alone = has_to_be_alone(path, folder);
        if (modules->count < MODULES_KNOWN) {
                struct flight_module *grown = grow(modules->known, modules->count, sizeof(*grown));
                char *copy = grown ? strdup(path) : NULL;

                if (grown)
                        modules->known = grown;
                if (copy)
                        modules->known[modules->count++] =
                                (struct flight_module){ .path = copy, .alone = alone };
        }
        return alone;
}

bool flight_admits(struct flight_modules *modules, const struct job *job, int folder)
{
        return job_shares_context(job) && job->repeat == 1 &&
               !is_alone(modules, job->kernel.module, folder) &&
               kernel_device_bytes(job, folder) <= FLIGHT_JOB_BYTES;
}

/* --- its members --- */

struct flight *flight_make(struct attempt *attempt)
{
        return attempt_make_state(attempt, sizeof(struct flight));
}

uint64_t flight_device_bytes(const struct attempt *attempt)
{
        const struct flight *flight = attempt->state;

        return flight->device_bytes;
}

static uint64_t bytes_of(const struct outputs *outputs)
{
        uint64_t bytes = 0;

        for (size_t i = 0; i < outputs->count; i++)
                bytes += outputs->output[i].bytes; /* each is FLIGHT_JOB_BYTES at most */
        return bytes;
}

/* In the board, on the GPU with a context beside this one, and in the region. */
static bool fits(const struct flight *flight, struct attempt *member, const struct outputs *outputs,
        uint64_t device_bytes)
{
        uint64_t memory = member->entry->device->memory_bytes;
        uint64_t taken = flight->device_bytes + device_bytes + 2 * KERNEL_CONTEXT_BYTES;

        return outputs->store_bytes == 0 && flight->count < KERNEL_MOST_TOGETHER &&
               taken <= memory && bytes_of(outputs) <= KERNEL_BOARD_OUTPUTS - flight->bytes &&
               outputs->record_bytes <= INT64_MAX &&
               attempt_hold(member, (int64_t)outputs->record_bytes);
}

bool flight_add(struct flight *flight, struct attempt *member)
{
        uint64_t device_bytes = kernel_device_bytes(member->entry->job, member->place->folder);
        char why[JOB_MAX_ERROR + 1] = "";
        struct outputs outputs;

        if (!outputs_prepare(
                    member->entry, member->place->folder, member->place->journal, &outputs, why))
                return false;
        if (!fits(flight, member, &outputs, device_bytes)) {
                outputs_clear(&outputs);
                return false;
        }
        flight->part[flight->count++] = (struct part){
                .attempt = member,
                .outputs = outputs,
                .at = flight->bytes,
                .bytes = bytes_of(&outputs),
        };
        flight->bytes += bytes_of(&outputs);
        flight->device_bytes += device_bytes;
        return true;
}

/* --- the attempt --- */

static struct kernel_board *board_of(const struct attempt *attempt)
{
        return attempt->process->board;
}

/*
 * A kernel that hangs takes this time from all of them, and its own when it runs alone; so it is a
 * part of what it may take.
 */
static double seconds_of(const struct flight *flight)
{
        double least = INFINITY;

        for (size_t i = 0; i < flight->count; i++)
                least = fmin(least, (double)flight->part[i].attempt->evidence.timeout_ms / 1e3);
        return fmin(least, fmax(LEAST_SECONDS, least / SHARE_OF_TIMEOUT));
}

/* Of the job, or of the sweep that it is a point of: what processes know that are there already. */
static struct kernel_order order_of(const struct part *part)
{
        const struct job *job = part->attempt->entry->job;

        return (struct kernel_order){
                .index = part->at,
                .bytes = part->bytes,
                .to = (void *)(uintptr_t)(job->point_of ? job->point_of : job),
                .point = job->point,
        };
}

static void tell_to_go(struct attempt *attempt)
{
        const struct flight *flight = attempt->state;
        struct kernel_order orders[1 + KERNEL_MOST_TOGETHER] = { {
                .index = KERNEL_TOGETHER,
                .bytes = (attempt->stays ? KERNEL_STAYS : 0) | (flight->anew ? KERNEL_ANEW : 0),
                .point = (uint32_t)flight->count,
        } };

        for (size_t i = 0; i < flight->count; i++)
                orders[1 + i] = order_of(&flight->part[i]);
        kernel_board_clear(board_of(attempt));
        process_order(attempt->process, orders, (1 + flight->count) * sizeof(orders[0]));
        attempt->settled = flight->used; /* it has its context, and does not say so */
        attempt->settled_s = clock_seconds();
}

static void begin(struct attempt *attempt)
{
        struct flight *flight = attempt->state;
        struct crew_member member;

        attempt->deadline = attempt->outcome.start_s + seconds_of(flight);
        snprintf(attempt->doing, sizeof(attempt->doing), "%zu side by side", flight->count);
        if (!crew_take(attempt->crew, attempt, 0, &member))
                return;
        flight->used = member.used;
        flight->anew = member.failed;
        attempt->outcome.ahead = member.ahead;
        tell_to_go(attempt);
}

/* --- its end --- */

static void judge(const struct flight *flight, const struct part *part)
{
        const char *data = flight->data + part->at;

        for (size_t i = 0; i < part->outputs.count; i++) {
                const struct output *output = &part->outputs.output[i];

                output_judge(
                        output, data, part->attempt->outcome.outputs, &part->attempt->evidence);
                data += output->bytes;
        }
}

/* The supervisor compares while the process tidies up. */
static void take_ready(struct attempt *attempt)
{
        struct flight *flight = attempt->state;

        if (flight->data)
                return;
        flight->data = malloc(flight->bytes + 1); /* a kernel need not have outputs: never 0 */
        if (!flight->data) {
                attempt_error(attempt, "out of memory");
                return;
        }
        memcpy(flight->data, board_of(attempt)->outputs, flight->bytes);
        for (size_t i = 0; i < flight->count; i++)
                judge(flight, &flight->part[i]);
}

static void take_end(struct attempt *attempt, const json_t *message)
{
        struct flight *flight = attempt->state;
        const char *unfit = json_string_value(json_object_get(message, "unfit"));
        json_int_t missing = json_integer_value(json_object_get(message, "missing"));

        attempt->evidence.finished = flight->data != NULL;
        attempt->left = json_is_true(json_object_get(message, "stays"));
        flight->missing = missing > 0 ? (uint64_t)missing : 0;
        if (unfit)
                attempt_error(attempt, "%s", unfit);
}

static void take_message(struct attempt *attempt, const char *type, const json_t *message)
{
        if (strcmp(type, "go") == 0) {
                attempt->settled = true;
                attempt->settled_s = clock_seconds();
        } else if (strcmp(type, "ready") == 0) {
                take_ready(attempt);
        } else if (strcmp(type, "end") == 0) {
                take_end(attempt, message);
        }
}

static bool has_printed(const struct process *process)
{
        return process->output[0].length > 0 || process->output[1].length > 0 ||
               process->output[0].dropped > 0 || process->output[1].dropped > 0;
}

/* What a member came to is an expectation of the flight's. */
static void count_member(struct attempt *flight, struct attempt *member)
{
        char name[JOB_MAX_NAME + 1];

        member->evidence.finished = flight->evidence.finished;
        member->evidence.exited = flight->evidence.exited;
        member->evidence.wait_status = flight->evidence.wait_status;
        attempt_decide(member);
        flight->evidence.compared++;
        flight->evidence.untouched |= member->evidence.untouched;
        if (member->outcome.status == STATUS_PASS)
                return;
        plan_job_name(member->entry, name);
        evidence_fail(&flight->evidence, "%s: %s", name, member->outcome.reason);
}

static void ended(struct attempt *attempt)
{
        struct flight *flight = attempt->state;
        const char *step = kernel_board_step(board_of(attempt));

        if (step)
                snprintf(attempt->evidence.step, sizeof(attempt->evidence.step), "%s", step);
        if (has_printed(attempt->process))
                attempt_error(attempt, "one of the jobs printed something");
        attempt->evidence.expected = flight->count;
        attempt->evidence.compared = 0;
        for (size_t i = 0; i < flight->count && attempt->evidence.finished; i++) {
                struct attempt *member = flight->part[i].attempt;

                kernel_board_timings(&board_of(attempt)->beside[i], member->outcome.timings);
                count_member(attempt, member);
        }
}

void flight_return(struct attempt *attempt, bool doubt)
{
        const struct flight *flight = attempt->state;

        if (attempt->outcome.context)
                crew_return(attempt->crew, attempt, flight->missing, doubt);
}

/* It is for this that the room was kept. */
static void keep_output(struct attempt *member, const struct output *output, const char *data)
{
        uint64_t bytes = region_record_bytes(strlen(output->path), output->bytes);
        enum region_error error;

        attempt_hold(member, -(int64_t)bytes);
        error = journal_file(member->place->journal, output->path, data, output->bytes);
        attempt_kept(member, output->file, bytes, error);
}

void flight_settle(struct attempt *attempt)
{
        const struct flight *flight = attempt->state;

        for (size_t i = 0; i < flight->count; i++) {
                const struct part *part = &flight->part[i];
                struct attempt *member = part->attempt;
                const char *data = flight->data + part->at;

                for (size_t j = 0; j < part->outputs.count; j++) {
                        keep_output(member, &part->outputs.output[j], data);
                        data += part->outputs.output[j].bytes;
                }
                member->outcome.start_s = attempt->outcome.start_s;
                member->outcome.wall_s = attempt->outcome.wall_s;
                member->outcome.context = attempt->outcome.context;
                member->outcome.worker = attempt->outcome.worker;
                member->outcome.ahead = attempt->outcome.ahead;
                member->outcome.fresh = attempt->outcome.fresh;
                member->outcome.beside = (unsigned)flight->count - 1;
                snprintf(member->outcome.unfit, sizeof(member->outcome.unfit), "%s",
                        attempt->outcome.unfit);
                attempt_decide(member);
        }
}

static void clear(struct attempt *attempt)
{
        struct flight *flight = attempt->state;

        for (size_t i = 0; i < flight->count; i++)
                outputs_clear(&flight->part[i].outputs);
        free(flight->data);
}

const struct kind kind_flight = {
        .begin = begin,
        .take = take_message,
        .ended = ended,
        .clear = clear,
};
