/*
 * The plan at work: a lane for each GPU, and in it one job after the other. A single process moves
 * all of them on, so that the region has one writer; RESULTs are written as the jobs end, and the
 * order of the plan is what readers go by.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/jobfile.h"
#include "lib/clock.h"
#include "lib/grow.h"
#include "runner/kernel/crew.h"
#include "runner/kernel/kernel_run.h"
#include "runner/lane.h"
#include "runner/machine/xid.h"
#include "runner/process/attempt.h"
#include "runner/process/process.h"
#include "runner/record/record.h"

#define MAX_XIDS      6                   /* that a RESULT names */
#define CONTEXT_BYTES (UINT64_C(1) << 30) /* of a GPU's memory, more than a context takes */
#define IDLE_SECONDS  60.0
#define SPARE_SECONDS 0.25  /* after which a job is long enough to make a context beside it */
#define BUSY_SECONDS  0.005 /* work of the supervisor that others' deadlines are moved for */

/* An entry that has been given to its kind. */
struct slot {
        struct attempt attempt;
        struct entry entry; /* as in the plan, */
        struct job point;   /* but for a point of a sweep, which is a job as long as it runs */
        size_t number;      /* of the entry in the plan */
        uint64_t own_bytes; /* of the region, kept for its RESULT */
        double next_sign;   /* of life */
        struct slot *next;  /* that waits */
};

struct lane {
        const struct device *device; /* NULL: the entries that run nowhere, or --serial */
        size_t *number;              /* of its entries in the plan */
        size_t count, next;
        struct slot *running; /* or NULL */
        struct slot
                *ahead[OPTIONS_MAX_AHEAD]; /* the entries from `next` on; filled from the start */
};

struct lanes {
        struct supervisor *run;
        struct attempt_place place;
        struct lane *lane;
        size_t count;
        struct crew *crew;      /* the same */
        bool *sick;             /* by the number of the device in the machine */
        bool *ended;            /* by the number of the entry */
        struct slot *waiting;   /* that have ended, and are to be compared with others */
        uint64_t waiting_bytes; /* kept for the RESULTs of the entries that have not begun */
};

/* --- lanes --- */

static bool add_entry(struct lane *lane, size_t number)
{
        size_t *grown = grow(lane->number, lane->count, sizeof(*grown));

        if (!grown)
                return false;
        lane->number = grown;
        lane->number[lane->count++] = number;
        return true;
}

/* The lane of an entry: the first is for those that run nowhere, or for all of them. */
static struct lane *lane_of(struct lanes *lanes, const struct entry *entry)
{
        const struct supervisor *run = lanes->run;

        if (run->options->serial || entry->decided)
                return &lanes->lane[0];
        return &lanes->lane[1 + (entry->device - run->machine.device)];
}

static size_t lanes_in_use(const struct lanes *lanes)
{
        size_t used = 0;

        for (size_t i = 1; i < lanes->count; i++)
                used += lanes->lane[i].count > 0;
        return used;
}

static bool make_lanes(struct supervisor *run, struct lanes *lanes)
{
        size_t devices = run->machine.devices;

        *lanes = (struct lanes){ .run = run, .count = 1 + devices };
        lanes->lane = calloc(lanes->count, sizeof(*lanes->lane));
        lanes->sick = calloc(devices + 1, sizeof(*lanes->sick));
        lanes->ended = calloc(run->plan.count + 1, sizeof(*lanes->ended));
        lanes->crew = calloc(devices + 1, sizeof(*lanes->crew));
        if (!lanes->lane || !lanes->sick || !lanes->ended || !lanes->crew)
                return false;
        for (size_t i = 0; i < devices; i++) {
                lanes->lane[1 + i].device = &run->machine.device[i];
                crew_open(&lanes->crew[i], &run->machine.device[i], &lanes->place);
        }
        for (size_t i = 0; i < run->plan.count; i++) {
                const struct entry *entry = &run->plan.entry[i];

                if (!add_entry(lane_of(lanes, entry), i))
                        return false;
                lanes->waiting_bytes += plan_room(entry);
        }
        lanes->place = (struct attempt_place){
                .folder = run->jobs->fd,
                .journal = &run->journal,
                .preload = run->options->preload_programs,
                .staged = lanes_in_use(lanes) > 1,
        };
        return true;
}

/* The processes that do the entry's job among others; NULL: it has one of its own. */
static struct crew *crew_of(const struct lanes *lanes, const struct entry *entry)
{
        if (entry->decided || !job_shares_context(entry->job))
                return NULL;
        return &lanes->crew[entry->device - lanes->run->machine.device];
}

/* The next entry of the lane that runs; NULL: none does. */
static const struct entry *next_entry(const struct lanes *lanes, const struct lane *lane)
{
        for (size_t i = lane->next; i < lane->count; i++) {
                const struct entry *entry = &lanes->run->plan.entry[lane->number[i]];

                if (!entry->decided)
                        return entry;
        }
        return NULL;
}

static bool *sickness_of(struct lanes *lanes, const struct entry *entry)
{
        return &lanes->sick[entry->device - lanes->run->machine.device];
}

/* --- room in the region --- */

static void hold(struct lanes *lanes)
{
        uint64_t bytes = lanes->waiting_bytes;

        for (size_t i = 0; i < lanes->count; i++) {
                const struct slot *slot = lanes->lane[i].running;

                if (slot)
                        bytes += slot->own_bytes + slot->attempt.extra_bytes;
        }
        for (const struct slot *slot = lanes->waiting; slot; slot = slot->next)
                bytes += slot->own_bytes + slot->attempt.extra_bytes;
        if (!journal_hold(&lanes->run->journal, bytes))
                lanes->run->journal.broken = true;
}

/* --- what the GPUs' driver says meanwhile --- */

static void add_xid(struct outcome *outcome, const struct xid *xid)
{
        if (!outcome->xid)
                outcome->xid = json_array();
        if (json_array_size(outcome->xid) < MAX_XIDS)
                json_array_append_new(outcome->xid,
                        json_pack("{s:i, s:s}", "code", (int)xid->code, "message", xid->message));
}

/* A message belongs to the job that runs on its GPU. */
static void read_xids(struct lanes *lanes)
{
        const char *line;
        struct xid xid;
        size_t length;

        while (kernel_log_next(&lanes->run->kernel_log, &line, &length)) {
                if (!xid_parse(line, length, &xid))
                        continue;
                for (size_t i = 0; i < lanes->count; i++) {
                        struct slot *slot = lanes->lane[i].running;

                        if (slot && slot->attempt.entry->device &&
                                xid_is_of(&xid, slot->attempt.entry->device->pci))
                                add_xid(&slot->attempt.outcome, &xid);
                }
        }
}

/* Whether the GPU may be the worse for the job: then nothing that was made before is used on it. */
static bool leaves_doubt(const struct outcome *outcome)
{
        return outcome->xid || outcome->status == STATUS_TIMEOUT ||
               (outcome->status == STATUS_ERROR && outcome->exited);
}

/* --- slots --- */

static void free_slot(struct slot *slot)
{
        if (!slot)
                return;
        attempt_clear(&slot->attempt);
        job_clear(&slot->point);
        free(slot);
}

static struct slot *new_slot(struct lanes *lanes, size_t number)
{
        static const struct kind *const kinds[] = {
                [JOB_KERNEL] = &kind_kernel,
                [JOB_PROGRAM] = &kind_program,
                [JOB_CHECK] = &kind_check,
        };
        const struct entry *entry = &lanes->run->plan.entry[number];
        struct slot *slot = calloc(1, sizeof(*slot));

        if (!slot)
                return NULL;
        slot->number = number;
        slot->entry = *entry;
        if (entry->job->sweep) {
                slot->entry.job = &slot->point;
                if (!jobfile_point(entry->job, entry->point, &slot->point)) {
                        free_slot(slot);
                        return NULL;
                }
        }
        attempt_init(&slot->attempt, kinds[entry->job->type], &slot->entry, &lanes->place);
        slot->attempt.crew = crew_of(lanes, entry);
        return slot;
}

static void drop_ahead(struct lane *lane)
{
        for (size_t i = 0; i < OPTIONS_MAX_AHEAD; i++) {
                free_slot(lane->ahead[i]);
                lane->ahead[i] = NULL;
        }
}

/* The first of those that were started ahead, which is the entry `next`; NULL: none was. */
static struct slot *take_ahead(struct lane *lane)
{
        struct slot *first = lane->ahead[0];

        memmove(lane->ahead, lane->ahead + 1, sizeof(lane->ahead) - sizeof(lane->ahead[0]));
        lane->ahead[OPTIONS_MAX_AHEAD - 1] = NULL;
        return first;
}

/* --- an entry from its start to its RESULT --- */

static void write_start(struct supervisor *run, const struct entry *entry)
{
        json_t *event = journal_new_event("job.start");

        record_name_entry(event, entry);
        journal_event(&run->journal, event);
}

static void write_end(
        struct supervisor *run, const struct entry *entry, const struct outcome *outcome)
{
        json_t *event = journal_new_event("job.end");
        char name[JOB_MAX_NAME + 20], job[JOB_MAX_NAME + 1], device[16];

        record_name_entry(event, entry);
        json_object_set_new(event, "status", json_string(status_name(outcome->status)));
        json_object_set_new(event, "wall_s", json_real(outcome->wall_s));
        journal_event(&run->journal, event);
        plan_job_name(entry, job);
        plan_device_name(entry, device);
        snprintf(name, sizeof(name), "%s/%s", job, device);
        journal_result(&run->journal, name, record_result(entry, outcome, run->machine.rehearsal));
}

static void finish_entry(struct lanes *lanes, size_t number, const struct outcome *outcome)
{
        struct supervisor *run = lanes->run;

        progress_ended(&run->progress, number, outcome);
        write_end(run, &run->plan.entry[number], outcome);
        run->count[outcome->status]++;
        hold(lanes);
}

/* --- those that are compared --- */

/* Whether the RESULT of the entry waits for those of other GPUs of its model. */
static bool has_peers(const struct supervisor *run, const struct slot *slot)
{
        const struct plan *plan = &run->plan;
        size_t first;

        if (!slot->attempt.kind->compare || !plan_compares_peers(slot->attempt.entry))
                return false;
        first = plan_next_peer(plan, slot->number, SIZE_MAX);
        return plan_next_peer(plan, slot->number, first) != SIZE_MAX;
}

static struct slot *take_waiting(struct lanes *lanes, size_t number)
{
        struct slot **link = &lanes->waiting, *slot;

        while (*link && (*link)->number != number)
                link = &(*link)->next;
        slot = *link;
        if (slot)
                *link = slot->next;
        return slot;
}

/* The number of entries that are compared with `of`; 0: not all of them have ended. */
static size_t peers_ended(const struct lanes *lanes, size_t of)
{
        const struct plan *plan = &lanes->run->plan;
        size_t count = 0;

        for (size_t i = plan_next_peer(plan, of, SIZE_MAX); i != SIZE_MAX;
                i = plan_next_peer(plan, of, i)) {
                if (!lanes->ended[i])
                        return 0;
                count++;
        }
        return count;
}

/* Compares all that wait with `of`, and writes their RESULTs. */
static void release_peers(struct lanes *lanes, size_t of, size_t most)
{
        const struct plan *plan = &lanes->run->plan;
        struct slot **slot = calloc(most, sizeof(struct slot *));
        struct attempt **attempt = calloc(most, sizeof(struct attempt *));
        size_t count = 0;

        for (size_t i = plan_next_peer(plan, of, SIZE_MAX); slot && attempt && i != SIZE_MAX;
                i = plan_next_peer(plan, of, i)) {
                slot[count] = take_waiting(lanes, i);
                if (slot[count])
                        attempt[count] = &slot[count]->attempt;
                count += slot[count] != NULL;
        }
        if (count > 0)
                attempt[0]->kind->compare(attempt, count);
        else
                lanes->run->journal.broken = true;
        for (size_t i = 0; i < count; i++) {
                attempt_decide(attempt[i]);
                finish_entry(lanes, slot[i]->number, &attempt[i]->outcome);
                free_slot(slot[i]);
        }
        free(slot);
        free(attempt);
}

/* The entry has ended: perhaps it was the last that others have waited for. */
static void note_end(struct lanes *lanes, size_t number)
{
        const struct plan *plan = &lanes->run->plan;

        lanes->ended[number] = true;
        for (const struct slot *slot = lanes->waiting; slot; slot = slot->next) {
                size_t peers = peers_ended(lanes, slot->number);

                if (peers > 0 && plan->entry[number].job == slot->attempt.entry->job) {
                        release_peers(lanes, slot->number, peers);
                        return; /* of a job that runs on other models too, the rest waits on */
                }
        }
}

/* A GPU has one job at a time, in the records too. */
static bool is_held(const struct lanes *lanes, const struct entry *entry)
{
        for (const struct slot *slot = lanes->waiting; slot; slot = slot->next)
                if (slot->attempt.entry->device == entry->device)
                        return true;
        return false;
}

/* An entry that is known not to run, or that the end of the run comes before. */
static void settle(struct lanes *lanes, size_t number)
{
        const struct entry *entry = &lanes->run->plan.entry[number];
        struct outcome outcome = { .start_s = clock_seconds() };

        write_start(lanes->run, entry);
        if (process_stop_signal()) {
                outcome.status = STATUS_NOTRUN;
                snprintf(outcome.reason, sizeof(outcome.reason),
                        "the run was ended by signal %d before this job", process_stop_signal());
        } else {
                outcome.status = entry->status;
                snprintf(outcome.reason, sizeof(outcome.reason), "%s",
                        entry->reason ? entry->reason : "");
        }
        finish_entry(lanes, number, &outcome);
        note_end(lanes, number);
}

void lane_drop_probe(struct supervisor *run)
{
        process_free(run->probe);
        run->probe = NULL;
}

/*
 * The process that looked for the GPUs has initialised CUDA: the first job goes on in it, if it is
 * a kernel whose outputs go straight to the region, which that process has mapped as it is.
 */
static void use_probe(struct lanes *lanes, struct attempt *attempt)
{
        struct supervisor *run = lanes->run;

        if (!run->probe)
                return;
        if (attempt->entry->job->type != JOB_KERNEL || lanes->place.staged ||
                run->options->ahead == 0) {
                lane_drop_probe(run);
                return;
        }
        if (attempt->crew)
                crew_adopt(attempt->crew, run->probe);
        else
                kernel_adopt(attempt, run->probe);
        run->probe = NULL;
}

/* What holds memory of a GPU while others test all of it, or have it to themselves, is ended. */
static void dismiss_crews(struct lanes *lanes, const struct lane *lane, const struct entry *entry)
{
        for (size_t i = 0; entry->job->type != JOB_KERNEL && i + 1 < lanes->count; i++) {
                if (!lane->device || lane->device == lanes->crew[i].device)
                        crew_dismiss(&lanes->crew[i]);
        }
}

static bool fits_beside(const struct lanes *lanes, const struct attempt *attempt, size_t contexts)
{
        uint64_t bytes = kernel_device_bytes(attempt->entry->job, lanes->place.folder);
        uint64_t memory = attempt->entry->device->memory_bytes;

        return bytes < memory && memory - bytes >= (contexts + 1) * CONTEXT_BYTES;
}

/* A process that stands by for other jobs holds a context: it goes, when the job needs the room. */
static void make_room(struct lanes *lanes, const struct attempt *attempt)
{
        struct crew *crew = attempt->crew;

        if (crew && crew->idle && crew->spare && !fits_beside(lanes, attempt, 1)) {
                process_free(crew->spare);
                crew->spare = NULL;
        }
}

static void begin(struct lanes *lanes, struct lane *lane, size_t number)
{
        struct supervisor *run = lanes->run;
        const struct entry *entry = &run->plan.entry[number];
        const struct entry *next;
        bool *sick = sickness_of(lanes, entry);
        uint64_t before;
        struct slot *slot;

        if (*sick)
                drop_ahead(lane);
        slot = take_ahead(lane);
        if (!slot)
                slot = new_slot(lanes, number);
        if (!slot) {
                run->journal.broken = true;
                why_not(run->reason, "out of memory");
                return;
        }
        slot->attempt.outcome.fresh = *sick;
        *sick = false;
        lane->running = slot;
        progress_started(&run->progress, number);
        before = run->journal.writer.offset;
        write_start(run, entry);
        slot->own_bytes = plan_room(entry) - (run->journal.writer.offset - before);
        slot->next_sign = clock_seconds() + progress_period(&run->progress);
        hold(lanes);
        read_xids(lanes); /* what came before this job is not its own */
        if (slot->attempt.outcome.xid && slot->attempt.crew)
                crew_dismiss(
                        slot->attempt.crew); /* nobody's, but behind those that it did jobs for */
        json_decref(slot->attempt.outcome.xid);
        slot->attempt.outcome.xid = NULL;
        use_probe(lanes, &slot->attempt);
        dismiss_crews(lanes, lane, entry);
        make_room(lanes, &slot->attempt);
        next = next_entry(lanes, lane);
        slot->attempt.stays = slot->attempt.crew && next && crew_of(lanes, next);
        attempt_begin(&slot->attempt);
        if (slot->attempt.crew && !slot->attempt.stays)
                crew_drop_spare(slot->attempt.crew); /* nobody needs it any more */
}

static void finish(struct lanes *lanes, struct lane *lane)
{
        struct slot *slot = lane->running;
        struct attempt *attempt = &slot->attempt;
        size_t number;
        bool doubt;

        read_xids(lanes);
        attempt_finish(attempt);
        doubt = leaves_doubt(&attempt->outcome);
        kernel_return(attempt, doubt);
        if (doubt) {
                *sickness_of(lanes, attempt->entry) = true;
                drop_ahead(lane);
                crew_dismiss(&lanes->crew[attempt->entry->device - lanes->run->machine.device]);
        }
        lane->running = NULL;
        number = slot->number;
        if (has_peers(lanes->run, slot)) {
                slot->next = lanes->waiting;
                lanes->waiting = slot;
        } else {
                finish_entry(lanes, number, &attempt->outcome);
                free_slot(slot);
        }
        note_end(lanes, number);
}

/* --- starting ahead --- */

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
static void start_ahead(struct lanes *lanes, struct lane *lane)
{
        const struct supervisor *run = lanes->run;
        const struct attempt *attempt = &lane->running->attempt;

        if (attempt->entry->job->type != JOB_KERNEL || !attempt->settled)
                return;
        for (size_t i = 0; i < run->options->ahead && lane->next + i < lane->count; i++) {
                size_t number = lane->number[lane->next + i];
                const struct entry *entry = &run->plan.entry[number];
                struct crew *crew = crew_of(lanes, entry);

                if (lane->ahead[i] || (crew && !wants_spare(attempt, crew)))
                        continue;
                if (entry->decided || entry->device != attempt->entry->device ||
                        entry->job->type != JOB_KERNEL || !fits_beside(lanes, attempt, i + 1))
                        return;
                if (crew) {
                        crew_start_spare(crew);
                        continue;
                }
                lane->ahead[i] = new_slot(lanes, number);
                if (!lane->ahead[i])
                        return;
                attempt_ahead(&lane->ahead[i]->attempt);
        }
}

/* --- all of them --- */

/* The first entry in the plan that has not come to its end in any lane with a GPU. */
static size_t first_open(const struct lanes *lanes)
{
        size_t first = SIZE_MAX;

        for (size_t i = 1; i < lanes->count; i++) {
                const struct lane *lane = &lanes->lane[i];
                size_t open = SIZE_MAX;

                if (lane->running)
                        open = lane->running->number;
                else if (lane->next < lane->count)
                        open = lane->number[lane->next];
                if (open < first)
                        first = open;
        }
        return first;
}

/* Begins what can begin in the lane; true when something was, so that others may follow. */
static bool advance(struct lanes *lanes, struct lane *lane)
{
        struct supervisor *run = lanes->run;
        const struct entry *entry;
        size_t number;

        if (lane->running || lane->next == lane->count || run->journal.broken)
                return false;
        number = lane->number[lane->next];
        entry = &run->plan.entry[number];
        /* In the order of the plan, as far as it can be kept. */
        if ((entry->decided && number > first_open(lanes)) || is_held(lanes, entry))
                return false;
        lane->next++;
        lanes->waiting_bytes -= plan_room(entry);
        if (entry->decided || process_stop_signal())
                settle(lanes, number);
        else
                begin(lanes, lane, number);
        return true;
}

/* The others had nobody to listen to them since `start`: that is not their fault. */
static void excuse_others(struct lanes *lanes, const struct lane *lane, double start)
{
        double spent = clock_seconds() - start;

        for (size_t i = 0; spent >= BUSY_SECONDS && i < lanes->count; i++) {
                if (&lanes->lane[i] != lane && lanes->lane[i].running)
                        lanes->lane[i].running->attempt.deadline += spent;
        }
}

static void step(struct lanes *lanes, struct lane *lane)
{
        double start = clock_seconds();
        bool over = attempt_step(&lane->running->attempt);

        if (over)
                finish(lanes, lane);
        else
                start_ahead(lanes, lane);
        excuse_others(lanes, lane, start);
}

static void show(struct lanes *lanes, struct lane *lane)
{
        struct supervisor *run = lanes->run;
        struct slot *slot = lane->running;
        double now = clock_seconds();
        struct progress_view view = {
                .number = slot->number,
                .elapsed_s = now - slot->attempt.outcome.start_s,
                .doing = slot->attempt.doing,
                .next = lane->next < lane->count ? &run->plan.entry[lane->number[lane->next]]
                                                 : NULL,
        };

        if (now < slot->next_sign)
                return;
        slot->next_sign = now + progress_period(&run->progress);
        progress_show(&run->progress, &view);
}

/* What was shown is shown again, as it fits now. */
static void fit_terminal(struct lanes *lanes)
{
        if (!process_take_resize())
                return;
        progress_resized(&lanes->run->progress);
        for (size_t i = 0; lanes->run->progress.terminal && i < lanes->count; i++) {
                if (lanes->lane[i].running)
                        lanes->lane[i].running->next_sign = 0;
        }
}

/* When somebody has to be looked after; 0 when nobody runs. */
static double next_time(const struct lanes *lanes)
{
        double next = 0;

        for (size_t i = 0; i < lanes->count; i++) {
                const struct slot *slot = lanes->lane[i].running;
                double own = slot ? fmin(attempt_next_time(&slot->attempt), slot->next_sign) : 0;

                if (slot && (next == 0 || own < next))
                        next = own;
        }
        return next;
}

static void free_lanes(struct lanes *lanes)
{
        for (size_t i = 0; lanes->lane && i < lanes->count; i++) {
                drop_ahead(&lanes->lane[i]);
                free_slot(lanes->lane[i].running);
                free(lanes->lane[i].number);
        }
        for (size_t i = 0; lanes->crew && i + 1 < lanes->count; i++)
                crew_close(&lanes->crew[i]);
        process_end_discarded();
        while (lanes->waiting)
                free_slot(take_waiting(lanes, lanes->waiting->number));
        free(lanes->lane);
        free(lanes->crew);
        free(lanes->sick);
        free(lanes->ended);
}

static void begin_all(struct lanes *lanes)
{
        bool more = true;

        while (more) {
                more = false;
                for (size_t i = 0; i < lanes->count; i++) {
                        double start = clock_seconds();

                        more = advance(lanes, &lanes->lane[i]) || more;
                        excuse_others(lanes, &lanes->lane[i], start);
                }
        }
}

void lanes_run(struct supervisor *run)
{
        struct lanes lanes;
        double next;

        if (!make_lanes(run, &lanes)) {
                run->journal.broken = true;
                why_not(run->reason, "out of memory");
        }
        while (!run->journal.broken) {
                begin_all(&lanes);
                next = next_time(&lanes);
                if (next == 0)
                        break;
                process_wait(next);
                fit_terminal(&lanes);
                for (size_t i = 0; i + 1 < lanes.count; i++)
                        crew_step(&lanes.crew[i]);
                for (size_t i = 0; i < lanes.count; i++) {
                        if (lanes.lane[i].running)
                                step(&lanes, &lanes.lane[i]);
                        if (lanes.lane[i].running)
                                show(&lanes, &lanes.lane[i]);
                }
        }
        progress_erase(&run->progress);
        free_lanes(&lanes);
}
