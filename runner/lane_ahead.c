#include "runner/lane_ahead.h"

#include <string.h>

#include "lib/clock.h"
#include "runner/kernel/kernel_run.h"
#include "runner/lane_slot.h"

#define SPARE_SECONDS 0.25 /* after which a job is long enough to make a context beside it */

void ahead_drop(struct lane *lane)
{
        for (size_t i = 0; i < OPTIONS_MAX_AHEAD; i++) {
                slot_free(lane->ahead[i]);
                lane->ahead[i] = NULL;
        }
}

/* The first of those that were started ahead, which is the entry `next`; NULL: none was. */
struct slot *ahead_take(struct lane *lane)
{
        struct slot *first = lane->ahead[0];

        memmove(lane->ahead, lane->ahead + 1, sizeof(lane->ahead) - sizeof(lane->ahead[0]));
        lane->ahead[OPTIONS_MAX_AHEAD - 1] = NULL;
        return first;
}

void ahead_drop_probe(struct supervisor *run)
{
        process_free(run->probe);
        run->probe = NULL;
}

/*
 * The process that looked for the GPUs has initialised CUDA: the first job goes on in it, if it is
 * a kernel whose outputs go straight to the region, which that process has mapped as it is.
 */
void ahead_use_probe(struct lanes *lanes, struct attempt *attempt)
{
        struct supervisor *run = lanes->run;

        if (!run->probe)
                return;
        if (attempt->entry->job->type != JOB_KERNEL || run->options->ahead == 0) {
                ahead_drop_probe(run);
                return;
        }
        if (lanes->place.staged) { /* nobody has to wait for its end */
                process_discard(run->probe);
                run->probe = NULL;
                return;
        }
        if (attempt->crew)
                crew_adopt(attempt->crew, run->probe);
        else
                kernel_adopt(attempt, run->probe);
        run->probe = NULL;
}

/* What holds memory of a GPU while others test all of it, or have it to themselves, is ended. */
void ahead_dismiss(struct lanes *lanes, const struct lane *lane, const struct entry *entry)
{
        for (size_t i = 0; entry->job->type != JOB_KERNEL && i + 1 < lanes->count; i++) {
                if (!lane->device || lane->device == lanes->crew[i].device)
                        crew_dismiss(&lanes->crew[i]);
        }
}

static bool fits_beside(const struct lanes *lanes, const struct attempt *attempt, size_t contexts)
{
        uint64_t bytes = attempt->kind == &kind_flight
                                 ? flight_device_bytes(attempt)
                                 : kernel_device_bytes(attempt->entry->job, lanes->place.folder);
        uint64_t memory = attempt->entry->device->memory_bytes;

        return bytes < memory && memory - bytes >= (contexts + 1) * KERNEL_CONTEXT_BYTES;
}

/* A process that stands by for other jobs holds a context: it goes, when the job needs the room. */
void ahead_make_room(struct lanes *lanes, const struct attempt *attempt)
{
        struct crew *crew = attempt->crew;

        if (crew && crew->idle && crew->spare && !fits_beside(lanes, attempt, 1)) {
                process_free(crew->spare);
                crew->spare = NULL;
        }
}

/*
 * The next job would go on in the process of the one that runs. Another is worth its context where
 * that process may be replaced: where one was, or where the context costs nobody any time.
 */
static bool wants_spare(const struct attempt *attempt, const struct crew *crew)
{
        return !crew->spare && (attempt->crew != crew || crew->wary ||
                                       clock_seconds() > attempt->settled_s + SPARE_SECONDS);
}

/*
 * While a kernel runs, the processes of the next ones make their contexts, which takes longer than
 * many a kernel. Only behind a job whose need of memory is known and leaves enough for them, and
 * only when it has its own context already.
 */
void ahead_start(struct lanes *lanes, struct lane *lane)
{
        const struct supervisor *run = lanes->run;
        const struct attempt *attempt = &lane->running->attempt;

        if (attempt->entry->job->type != JOB_KERNEL || !attempt->settled)
                return;
        for (size_t i = 0; i < run->options->ahead && lane->next + i < lane->count; i++) {
                size_t number = lane->number[lane->next + i];
                const struct entry *entry = &run->plan.entry[number];
                struct crew *crew = slot_crew(lanes, entry);

                if (lane->ahead[i] || (crew && !wants_spare(attempt, crew)))
                        continue;
                if (entry->decided || entry->device != attempt->entry->device ||
                        entry->job->type != JOB_KERNEL || !fits_beside(lanes, attempt, i + 1))
                        return;
                if (crew) {
                        crew_start_spare(crew);
                        continue;
                }
                lane->ahead[i] = slot_new(lanes, number);
                if (!lane->ahead[i])
                        return;
                attempt_ahead(&lane->ahead[i]->attempt);
        }
}
