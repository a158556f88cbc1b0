/*
 * The plan at work: a lane for each GPU, and in it one job after the other. A single process moves
 * all of them on, so that the region has one writer; RESULTs are written as the jobs end, and the
 * order of the plan is what readers go by.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/argument.h"
#include "lib/cleanup.h"
#include "lib/clock.h"
#include "lib/grow.h"
#include "runner/kernel/kernel_run.h"
#include "runner/lane.h"
#include "runner/lane_ahead.h"
#include "runner/lane_flight.h"
#include "runner/lane_peers.h"
#include "runner/lane_slot.h"

#define BUSY_SECONDS 0.005 /* work of the supervisor that others' deadlines are moved for */

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

static bool stores(const struct supervisor *run, const struct job *job)
{
        for (size_t i = 0; i < job->kernel.arguments; i++) {
                const struct argument *argument = &job->kernel.argument[i];
                uint64_t bytes;

                if (argument_is_output(argument) &&
                        argument_bytes(argument, run->jobs->fd, &bytes) == 0 &&
                        journal_stores(&run->journal, bytes))
                        return true;
        }
        return false;
}

/* Whether an output of a kernel goes to the store: then there is no room in the region for it. */
static bool has_stored(const struct supervisor *run)
{
        for (size_t i = 0; run->journal.shelf && i < run->plan.count; i++)
                if (stores(run, run->plan.entry[i].job))
                        return true;
        return false;
}

static bool make_lanes(struct supervisor *run, struct lanes *lanes)
{
        size_t devices = run->machine.devices;

        *lanes = (struct lanes){ .run = run, .count = 1 + devices };
        lanes->lane = calloc(lanes->count, sizeof(*lanes->lane));
        lanes->sick = calloc(devices + 1, sizeof(*lanes->sick));
        lanes->ended = calloc(run->plan.count + 1, sizeof(*lanes->ended));
        lanes->crew = calloc(devices + 1, sizeof(*lanes->crew));
        lanes->spent = calloc(run->plan.count + 1, sizeof(*lanes->spent));
        if (!lanes->lane || !lanes->sick || !lanes->ended || !lanes->crew || !lanes->spent)
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
                .inputs = run->inputs,
                .store = run->store,
                .staged = lanes_in_use(lanes) > 1 || has_stored(run),
                .preload = run->options->preload_programs,
        };
        return true;
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

/* Whether the GPU may be the worse for the job: then nothing that was made before is used on it. */
static bool leaves_doubt(const struct outcome *outcome)
{
        return outcome->xid || outcome->status == STATUS_TIMEOUT || outcome->hung ||
               (outcome->status == STATUS_ERROR && outcome->exited);
}

/* --- an entry from its start to its end --- */

/* An entry that is known not to run, or that the end of the run comes before. */
static void settle(struct lanes *lanes, size_t number)
{
        const struct entry *entry = &lanes->run->plan.entry[number];
        struct outcome outcome = { .start_s = clock_seconds() };

        journal_event(&lanes->run->journal, slot_new_start(entry, 0));
        if (process_stop_signal()) {
                outcome.status = STATUS_NOTRUN;
                snprintf(outcome.reason, sizeof(outcome.reason),
                        "the run was ended by signal %d before this job", process_stop_signal());
        } else {
                outcome.status = entry->status;
                snprintf(outcome.reason, sizeof(outcome.reason), "%s",
                        entry->reason ? entry->reason : "");
        }
        slot_finish(lanes, number, &outcome, slot_new_end(entry, &outcome));
        peers_note_end(lanes, number);
}

/* The slot's own room is no longer held, once its end is written. */
static void record_end(struct lanes *lanes, struct slot *slot)
{
        slot->own_bytes = slot->attempt.extra_bytes = 0;
        slot_finish(lanes, slot->number, &slot->attempt.outcome, TAKE_PTR(slot->end));
        peers_note_end(lanes, slot->number);
}

/* The ends of the lane's entry, or of those of its flight, go into the records. */
static void record_done(struct lanes *lanes, struct lane *lane)
{
        struct slot *slot = lane->done;

        if (!slot)
                return;
        for (size_t i = 0; i < slot->members; i++)
                record_end(lanes, slot->member[i]);
        if (slot->members == 0)
                record_end(lanes, slot);
        lane->done = NULL;
        slot_free(slot);
}

static void record_start(struct lanes *lanes, struct slot *slot, json_t *event)
{
        struct supervisor *run = lanes->run;
        uint64_t before = run->journal.writer.offset;

        progress_started(&run->progress, slot->number);
        journal_event(&run->journal, event);
        slot->own_bytes -= run->journal.writer.offset - before;
        slot_hold_room(lanes);
}

/* NULL: out of memory. */
static struct slot *take_slot(struct lanes *lanes, struct lane *lane, size_t number)
{
        struct slot *slot = ahead_take(lane);

        if (!slot)
                slot = slot_new(lanes, number);
        if (!slot) {
                lanes->run->journal.broken = true;
                why_not(lanes->run->reason, "out of memory");
                return NULL;
        }
        lane_flight_note_alone(lane, slot);
        return slot;
}

/* What the driver has said before this job is not its own. */
static void forget_xids(struct lanes *lanes, struct attempt *attempt)
{
        slot_read_xids(lanes);
        if (attempt->outcome.xid && attempt->crew)
                crew_dismiss(attempt->crew); /* nobody's, but behind those that it did jobs for */
        json_decref(attempt->outcome.xid);
        attempt->outcome.xid = NULL;
}

/* The entry is the next of the lane, and is on its way from now on. */
static void pass_on(struct lanes *lanes, struct lane *lane, struct slot *slot)
{
        lane->next++;
        slot->own_bytes = slot_room(lanes, slot->number);
        lanes->waiting_bytes -= slot->own_bytes;
}

/* Behind a job that left the GPU in doubt nothing that was made before is used. */
static void note_doubt(struct lanes *lanes, struct lane *lane, const struct entry *entry)
{
        if (*sickness_of(lanes, entry))
                ahead_drop(lane);
}

static bool take_doubt(struct lanes *lanes, const struct entry *entry)
{
        bool *sick = sickness_of(lanes, entry), was = *sick;

        *sick = false;
        return was;
}

/*
 * The job starts before the end of the one before it is written down, so that the GPU does not wait
 * for that. What it leaves in the region itself comes behind both: nothing is read of it before.
 */
static void begin(struct lanes *lanes, struct lane *lane, struct slot *slot)
{
        struct slot **part = slot->members > 0 ? slot->member : &slot;
        size_t parts = slot->members > 0 ? slot->members : 1;
        struct attempt *attempt = &slot->attempt;
        json_t *event[KERNEL_MOST_TOGETHER];
        const struct entry *next;

        lane->running = slot;
        for (size_t i = 0; i < parts; i++) {
                pass_on(lanes, lane, part[i]);
                if (slot->members > 0)
                        ahead_take(lane); /* none of them has one: they share a process */
        }
        attempt->outcome.fresh = take_doubt(lanes, attempt->entry);
        slot->next_sign = clock_seconds() + progress_period(&lanes->run->progress);
        slot_hold_room(lanes);
        forget_xids(lanes, attempt);
        ahead_use_probe(lanes, attempt);
        ahead_dismiss(lanes, lane, attempt->entry);
        ahead_make_room(lanes, attempt);
        next = next_entry(lanes, lane);
        /* That of a flight may be needed once more. */
        attempt->stays = attempt->crew && (slot->members > 0 || (next && slot_crew(lanes, next)));
        for (size_t i = 0; i < parts; i++)
                event[i] = slot_new_start(&part[i]->entry, slot->members);
        attempt_begin(attempt);
        record_done(lanes, lane);
        for (size_t i = 0; i < parts; i++)
                record_start(lanes, part[i], event[i]);
        if (attempt->crew && !attempt->stays)
                crew_drop_spare(attempt->crew); /* nobody needs it any more */
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
        struct slot *slot;
        size_t number;

        if (lane->running || lane->next == lane->count || run->journal.broken)
                return false;
        number = lane->number[lane->next];
        entry = &run->plan.entry[number];
        /* In the order of the plan, as far as it can be kept. */
        if ((entry->decided && number > first_open(lanes)) || peers_hold(lanes, entry))
                return false;
        if (entry->decided || process_stop_signal()) {
                lane->next++;
                lanes->waiting_bytes -= slot_room(lanes, number);
                settle(lanes, number);
                return true;
        }
        note_doubt(lanes, lane, entry);
        slot = lane_flight_take(lanes, lane);
        if (!slot)
                slot = take_slot(lanes, lane, number);
        if (slot)
                begin(lanes, lane, slot);
        return true;
}

/* Whether the process that the job has left can go on with the next one at once. */
static bool hands_over(const struct lanes *lanes, const struct lane *lane)
{
        const struct crew *crew = lane->done ? lane->done->attempt.crew : NULL;
        const struct entry *next =
                lane->next < lane->count ? &lanes->run->plan.entry[lane->number[lane->next]] : NULL;

        return crew && crew->idle && next && slot_crew(lanes, next) == crew &&
               !process_stop_signal();
}

/* Nothing of what has a context on the GPU is used any more. */
static void distrust(struct lanes *lanes, struct lane *lane, const struct entry *entry)
{
        ahead_drop(lane);
        crew_dismiss(&lanes->crew[entry->device - lanes->run->machine.device]);
}

/* The slot's end, and those of its members, are written soon. */
static void leave(struct lanes *lanes, struct lane *lane, struct slot *slot)
{
        lane->done = slot;
        for (size_t i = 0; i < slot->members; i++)
                slot->member[i]->end =
                        slot_new_end(&slot->member[i]->entry, &slot->member[i]->attempt.outcome);
        if (slot->members == 0)
                slot->end = slot_new_end(slot->attempt.entry, &slot->attempt.outcome);
        if (hands_over(lanes, lane))
                advance(lanes, lane);
        record_done(lanes, lane);
}

/*
 * A flight that was not good has no results, and is forgotten but for its reason. What a job of it
 * has done to the GPU, it does once more alone, and that is noted then; but not an Xid.
 */
static void finish_flight(struct lanes *lanes, struct lane *lane, struct slot *slot)
{
        struct attempt *attempt = &slot->attempt;
        bool doubt = leaves_doubt(&attempt->outcome), good;

        flight_return(attempt, doubt);
        if (doubt)
                distrust(lanes, lane, attempt->entry);
        good = lane_flight_end(lanes, lane, slot, attempt->crew->idle == NULL);
        if (good) {
                leave(lanes, lane, slot);
                return;
        }
        if (attempt->outcome.xid)
                *sickness_of(lanes, attempt->entry) = true;
        ahead_drop(lane); /* it was for those behind */
        slot_free(slot);
        slot_hold_room(lanes);
}

static void finish(struct lanes *lanes, struct lane *lane)
{
        struct slot *slot = lane->running;
        struct attempt *attempt = &slot->attempt;
        bool doubt;

        slot_read_xids(lanes);
        attempt_finish(attempt);
        lane->running = NULL;
        if (slot->members > 0) {
                finish_flight(lanes, lane, slot);
                return;
        }
        doubt = leaves_doubt(&attempt->outcome);
        kernel_return(attempt, doubt);
        if (doubt) {
                *sickness_of(lanes, attempt->entry) = true;
                distrust(lanes, lane, attempt->entry);
        }
        if (peers_has(lanes->run, slot)) {
                slot->next = lanes->waiting;
                lanes->waiting = slot;
                peers_note_end(lanes, slot->number);
                return;
        }
        leave(lanes, lane, slot);
}

/* The others had nobody to listen to them since `start`: that is not their fault. */
static void excuse_others(struct lanes *lanes, const struct lane *lane, double start)
{
        double spent = clock_seconds() - start;

        for (size_t i = 0; spent >= BUSY_SECONDS && i < lanes->count; i++) {
                if (&lanes->lane[i] != lane && lanes->lane[i].running) {
                        lanes->lane[i].running->attempt.deadline += spent;
                        lanes->lane[i].running->attempt.part_deadline += spent;
                }
        }
}

static void step(struct lanes *lanes, struct lane *lane)
{
        double start = clock_seconds();
        bool over = attempt_step(&lane->running->attempt);

        if (over) {
                finish(lanes, lane);
        } else {
                ahead_start(lanes, lane);
                if (lane->running->attempt.crew) /* a program may still write what they read */
                        lane_flight_make(lanes, lane);
        }
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
                ahead_drop(&lanes->lane[i]);
                slot_free(lanes->lane[i].running);
                slot_free(lanes->lane[i].done);
                slot_free(lanes->lane[i].flight);
                free(lanes->lane[i].number);
        }
        for (size_t i = 0; lanes->crew && i + 1 < lanes->count; i++)
                crew_close(&lanes->crew[i]);
        process_end_discarded();
        while (lanes->waiting)
                slot_free(peers_take(lanes, lanes->waiting->number));
        free(lanes->lane);
        free(lanes->crew);
        free(lanes->sick);
        free(lanes->ended);
        free(lanes->spent);
        flight_modules_clear(&lanes->modules);
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
