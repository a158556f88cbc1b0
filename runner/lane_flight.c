#include "runner/lane_flight.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "runner/lane_slot.h"
#include "runner/record/record.h"

static_assert(OPTIONS_MAX_CONCURRENCY <= KERNEL_MOST_TOGETHER, "a flight has room for them");

/* --- before it begins --- */

/* NULL: out of memory. */
static struct slot *new_flight(struct lanes *lanes, size_t number)
{
        struct slot *slot = calloc(1, sizeof(*slot));

        if (!slot)
                return NULL;
        slot->number = number;
        slot->entry = lanes->run->plan.entry[number];
        attempt_init(&slot->attempt, &kind_flight, &slot->entry, &lanes->place);
        slot->attempt.crew = slot_crew(lanes, &slot->entry);
        if (flight_make(&slot->attempt))
                return slot;
        slot_free(slot);
        return NULL;
}

/* False: it does not go with those that are there. */
static bool add_entry(struct lanes *lanes, struct slot *flight, size_t number)
{
        const struct entry *entry = &lanes->run->plan.entry[number];
        struct slot *member;

        /* Nothing of a kernel job lies where another one could read it, so they are independent. */
        if (!slot_crew(lanes, entry) || slot_crew(lanes, entry) != flight->attempt.crew)
                return false;
        member = slot_new(lanes, number);
        if (member && flight_admits(&lanes->modules, member->entry.job, lanes->place.folder) &&
                flight_add(flight->attempt.state, &member->attempt)) {
                flight->member[flight->members++] = member;
                return true;
        }
        slot_free(member);
        return false;
}

static bool may_fly(const struct lanes *lanes, const struct lane *lane)
{
        return lane->device && lanes->run->options->concurrency > 1 && lane->pace.alone == 0 &&
               lane->next >= lane->grounded && lane->next + 1 < lane->count &&
               slot_crew(lanes, &lanes->run->plan.entry[lane->number[lane->next]]);
}

void lane_flight_make(struct lanes *lanes, struct lane *lane)
{
        size_t most = pace_jobs(&lane->pace, lanes->run->options->concurrency);
        struct slot *flight;

        if (lane->flight || !may_fly(lanes, lane))
                return;
        flight = new_flight(lanes, lane->number[lane->next]);
        for (size_t i = 0; flight && i < most && lane->next + i < lane->count; i++) {
                if (!add_entry(lanes, flight, lane->number[lane->next + i]))
                        break;
        }
        if (flight && flight->members > 1) {
                lane->flight = flight;
                return;
        }
        lane->grounded = lane->next + 1;
        slot_free(flight);
        slot_hold_room(lanes);
}

struct slot *lane_flight_take(struct lanes *lanes, struct lane *lane)
{
        struct slot *flight;

        lane_flight_make(lanes, lane);
        flight = lane->flight;
        lane->flight = NULL;
        return flight;
}

void lane_flight_note_alone(struct lane *lane, struct slot *slot)
{
        pace_alone(&lane->pace);
        if (lane->apart == 0)
                return;
        lane->apart--;
        snprintf(slot->attempt.outcome.apart, sizeof(slot->attempt.outcome.apart), "%s",
                lane->reason);
}

/* --- behind it --- */

/*
 * Whether something went wrong that has to go wrong again when each runs alone, or else leaves a
 * question; a kernel that takes long, or a line that one printed, does not.
 */
static bool leaves_question(const struct attempt *flight)
{
        const struct outcome *outcome = &flight->outcome;

        return outcome->xid || outcome->status == STATUS_FAIL ||
               (outcome->status == STATUS_ERROR && !flight->evidence.finished &&
                       !flight->evidence.stop_signal);
}

static void set_apart(
        struct lanes *lanes, struct lane *lane, const struct slot *member, bool question)
{
        struct journal *journal = &lanes->run->journal;
        json_t *event = journal_new_event("job.apart");
        uint64_t before = journal->writer.offset;

        record_name_entry(event, &member->entry);
        json_object_set_new(event, "reason", json_string(lane->reason));
        json_object_set_new(event, "question", json_boolean(question));
        journal_event(journal, event);
        lanes->spent[member->number] = (uint32_t)(plan_room(&member->entry) - member->own_bytes +
                                                  (journal->writer.offset - before));
        lanes->waiting_bytes += slot_room(lanes, member->number);
}

/* What was made of those behind is for another place in the lane. */
static void go_back(struct lanes *lanes, struct lane *lane, const struct slot *slot)
{
        slot_free(lane->flight);
        lane->flight = NULL;
        lane->next -= slot->members;
        lane->apart = slot->members;
        snprintf(lane->reason, sizeof(lane->reason), "%.*s", (int)sizeof(lane->reason) - 1,
                slot->attempt.outcome.reason);
        for (size_t i = 0; i < slot->members; i++)
                set_apart(lanes, lane, slot->member[i], leaves_question(&slot->attempt));
}

bool lane_flight_end(struct lanes *lanes, struct lane *lane, struct slot *slot, bool dear)
{
        if (slot->attempt.outcome.status != STATUS_PASS) {
                pace_lost(&lane->pace, slot->members, dear);
                go_back(lanes, lane, slot);
                return false;
        }
        pace_won(&lane->pace, dear);
        flight_settle(&slot->attempt);
        return true;
}
