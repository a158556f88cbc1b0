#include "runner/lane_peers.h"

#include <stdlib.h>

#include "runner/lane_slot.h"

/* Whether the RESULT of the entry waits for those of other GPUs of its model. */
bool peers_has(const struct supervisor *run, const struct slot *slot)
{
        const struct plan *plan = &run->plan;
        size_t first;

        if (!slot->attempt.kind->compare || !plan_compares_peers(slot->attempt.entry))
                return false;
        first = plan_next_peer(plan, slot->number, SIZE_MAX);
        return plan_next_peer(plan, slot->number, first) != SIZE_MAX;
}

struct slot *peers_take(struct lanes *lanes, size_t number)
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
                slot[count] = peers_take(lanes, i);
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
                slot_finish(lanes, slot[i]->number, &attempt[i]->outcome,
                        slot_new_end(attempt[i]->entry, &attempt[i]->outcome));
                slot_free(slot[i]);
        }
        free(slot);
        free(attempt);
}

/* The entry has ended: perhaps it was the last that others have waited for. */
void peers_note_end(struct lanes *lanes, size_t number)
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
bool peers_hold(const struct lanes *lanes, const struct entry *entry)
{
        for (const struct slot *slot = lanes->waiting; slot; slot = slot->next)
                if (slot->attempt.entry->device == entry->device)
                        return true;
        return false;
}
