/* Entries whose results wait for those of other GPUs of the same model, and are compared. */
#pragma once

#include "runner/lanes.h"

/* Whether the RESULT of the entry waits for those of other GPUs of its model. */
bool peers_has(const struct supervisor *run, const struct slot *slot);

/* The entry has ended: perhaps it was the last that others have waited for; those are recorded. */
void peers_note_end(struct lanes *lanes, size_t number);

/* Whether the entry's GPU has a job that waits: it has one at a time, in the records too. */
bool peers_hold(const struct lanes *lanes, const struct entry *entry);

/* Takes the entry from those that wait; NULL: it is none of them. */
struct slot *peers_take(struct lanes *lanes, size_t number);
