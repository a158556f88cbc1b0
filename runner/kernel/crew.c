#include "runner/kernel/crew.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "runner/kernel/kernel_job.h"
#include "runner/process/limits.h"

#define STAGING_LEAST (UINT64_C(64) << 20) /* it takes no memory before it is used */
#define STAGING_KEPT  (UINT64_C(64) << 10) /* of what a job has used */

static const struct limits shared_limits = {
        .processes = JOB_DEFAULT_PROCESSES,
        .keep_bytes = JOB_DEFAULT_KEEP,
        .output_bytes = JOB_DEFAULT_OUTPUT,
};

void crew_open(struct crew *crew, const struct device *device, const struct attempt_place *place)
{
        *crew = (struct crew){ .device = device, .place = place };
}

void crew_dismiss(struct crew *crew)
{
        process_free(crew->idle);
        process_free(crew->spare);
        crew->idle = crew->spare = NULL;
}

static void free_staging(struct crew *crew)
{
        if (crew->staging)
                munmap(crew->staging, crew->staging_bytes);
        crew->staging = NULL;
        crew->staging_bytes = 0;
}

void crew_close(struct crew *crew)
{
        crew_dismiss(crew);
        free_staging(crew);
}

/* --- its processes --- */

static struct kernel_task task_of(const struct crew *crew)
{
        const struct region_writer *writer = &crew->place->journal->writer;

        return (struct kernel_task){
                .limits = &shared_limits,
                .device = crew->device,
                .folder = crew->place->folder,
                .region = writer->base,
                .region_bytes = writer->size,
                .staged = crew->place->staged,
        };
}

/* 0 or a negative errno. */
static int start(struct crew *crew, struct process **ret_process)
{
        struct kernel_task task = task_of(crew);

        return limits_start(&shared_limits, task.region, task.region_bytes, kernel_job_main, &task,
                ret_process);
}

static void stand_by(struct crew *crew, struct process *process)
{
        crew->spare = process;
        crew->spare_is_ready = false;
}

void crew_adopt(struct crew *crew, struct process *process)
{
        struct kernel_handover handover = { .task = task_of(crew), .device = *crew->device };

        if (crew->spare || crew->idle) {
                process_free(process);
                return;
        }
        process_order(process, &handover, sizeof(handover));
        stand_by(crew, process);
}

void crew_start_spare(struct crew *crew)
{
        struct process *process;

        if (!crew->spare && start(crew, &process) == 0)
                stand_by(crew, process);
}

void crew_drop_spare(struct crew *crew)
{
        process_discard(crew->spare);
        crew->spare = NULL;
}

/* Its messages are for the job that it gets. */
void crew_step(struct crew *crew)
{
        json_t *message;

        if (!crew->spare || crew->spare_is_ready)
                return;
        while ((message = process_new_message(crew->spare))) {
                const char *name = json_string_value(json_object_get(message, "name"));

                crew->spare_is_ready = name && strcmp(name, KERNEL_WAITS) == 0;
                process_put_aside(crew->spare, message);
        }
}

/* --- memory for outputs, where they do not go straight into the region --- */

/* All of its processes have it at the same place: another place needs other processes. */
static bool make_staging(struct crew *crew, uint64_t bytes)
{
        uint64_t room = STAGING_LEAST;

        if (!crew->place->staged || bytes <= crew->staging_bytes)
                return true;
        while (room < bytes && room <= UINT64_MAX / 2)
                room *= 2;
        crew_dismiss(crew);
        free_staging(crew);
        crew->staging = mmap(NULL, room, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (crew->staging == MAP_FAILED)
                crew->staging = NULL;
        else
                crew->staging_bytes = room;
        return crew->staging != NULL;
}

/* What a large output took goes back to the machine. */
static void empty_staging(struct crew *crew)
{
        if (crew->staging)
                madvise((char *)crew->staging + STAGING_KEPT, crew->staging_bytes - STAGING_KEPT,
                        MADV_REMOVE);
}

/* --- jobs --- */

static struct process *take_living(struct process **place)
{
        struct process *process = *place;

        *place = NULL;
        if (!process || !process->exited)
                return process;
        process_discard(process);
        return NULL;
}

static bool is_quiet(const struct crew *crew)
{
        return !crew->spare || crew->spare_is_ready;
}

static void give(struct crew *crew, struct attempt *attempt, struct process *process)
{
        if (process->number == 0)
                process->number = ++crew->numbers;
        process_keep(process, attempt->entry->job->limits.keep_bytes);
        process->unheard = false;
        attempt->process = process;
        attempt->outcome.context = "shared";
        attempt->outcome.worker = process->number;
        crew->was_quiet = is_quiet(crew);
        crew->spare_then = crew->spare;
}

bool crew_launch(struct crew *crew, struct attempt *attempt)
{
        struct process *process;
        int error = start(crew, &process);

        if (error)
                attempt_error(attempt, "no process can be started: %s", strerror(-error));
        else
                give(crew, attempt, process);
        return !error;
}

bool crew_take(
        struct crew *crew, struct attempt *attempt, uint64_t bytes, struct crew_member *ret_member)
{
        struct process *process;

        *ret_member = (struct crew_member){ false, false, false };
        if (!make_staging(crew, bytes)) {
                attempt_error(attempt, "no memory for an output of %llu bytes",
                        (unsigned long long)bytes);
                return false;
        }
        process = take_living(&crew->idle);
        ret_member->used = process != NULL;
        ret_member->failed = process && crew->idle_failed;
        if (!process) {
                process = take_living(&crew->spare);
                ret_member->ahead = process != NULL;
        }
        if (!process)
                return crew_launch(crew, attempt);
        give(crew, attempt, process);
        return true;
}

/*
 * Whether what the job came to speaks for its process. A wrong value says nothing against it: all
 * of the kernel ran, and wrote what it had to. Where it did not write, nobody knows what else was
 * not done.
 */
static bool has_done_all(struct attempt *attempt)
{
        struct outcome *outcome = &attempt->outcome;

        if (outcome->xid || (outcome->status != STATUS_PASS && outcome->status != STATUS_FAIL))
                return false;
        if (attempt->evidence.untouched)
                snprintf(outcome->unfit, sizeof(outcome->unfit),
                        "an output, or a part of one, was never written");
        return !attempt->evidence.untouched;
}

static bool is_fit(const struct crew *crew, struct attempt *attempt, uint64_t missing)
{
        if (!has_done_all(attempt))
                return false;
        if (missing == 0 || !crew->was_quiet || crew->spare_then != crew->spare)
                return true;
        snprintf(attempt->outcome.unfit, sizeof(attempt->outcome.unfit),
                "%llu bytes of the GPU's memory were not given back", (unsigned long long)missing);
        return false;
}

void crew_return(struct crew *crew, struct attempt *attempt, uint64_t missing, bool doubt)
{
        struct process *process = attempt->process;

        empty_staging(crew);
        if (!process) { /* it has ended */
                crew->wary = crew->wary || attempt->stays;
                return;
        }
        attempt->process = NULL;
        if (attempt->left && is_fit(crew, attempt, missing)) {
                process->unheard = true;
                process_forget_output(process);
                crew->idle = process;
                crew->idle_failed = attempt->outcome.status == STATUS_FAIL;
                return;
        }
        crew->wary = crew->wary || attempt->stays;
        if (doubt)
                process_free(process);
        else
                process_discard(process);
}
