/* An entry that has been given to its kind: its making, its room in the region, its records. */
#pragma once

#include "runner/lanes.h"

/* The processes that do the entry's job among others; NULL: it has one of its own. */
struct crew *slot_crew(const struct lanes *lanes, const struct entry *entry);

/* NULL: out of memory. */
struct slot *slot_new(struct lanes *lanes, size_t number);
void slot_free(struct slot *slot); /* NULL is none; of a flight also those of its members */

/* Bytes of the region that are kept for the RESULT and events of an entry that has not begun. */
uint64_t slot_room(const struct lanes *lanes, size_t number);

/* Keeps room in the region for all that is still to be written of all entries. */
void slot_hold_room(struct lanes *lanes);

/* Gives what the GPUs' driver has said since the last time to the jobs that run on them. */
void slot_read_xids(struct lanes *lanes);

/*
 * The events that the entry starts now, as one of so many side by side (0: alone), and that it has
 * ended now, for the journal.
 */
json_t *slot_new_start(const struct entry *entry, size_t together);
json_t *slot_new_end(const struct entry *entry, const struct outcome *outcome);

/* Records that the entry has ended, which the event `end` says, and how. */
void slot_finish(struct lanes *lanes, size_t number, const struct outcome *outcome, json_t *end);
