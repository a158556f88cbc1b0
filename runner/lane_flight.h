/*
 * Jobs of a lane side by side (--concurrency): which of the next ones make a flight, and what
 * becomes of one that did not come to a good end.
 */
#pragma once

#include "runner/lanes.h"

/* Makes a flight of the lane's next entries, if they can be one and none is made yet. */
void lane_flight_make(struct lanes *lanes, struct lane *lane);

/* That flight, made now if need be, which is to begin; NULL: the next entry begins alone. */
struct slot *lane_flight_take(struct lanes *lanes, struct lane *lane);

/* The slot is that of an entry that begins alone: perhaps because of a flight that was lost. */
void lane_flight_note_alone(struct lane *lane, struct slot *slot);

/*
 * The flight is decided, and its process has gone back, or (`dear`) is not used again. True when it
 * was good: its members are decided, too, and their outputs recorded. Otherwise the lane goes back
 * to the first of them, and each will run alone.
 */
bool lane_flight_end(struct lanes *lanes, struct lane *lane, struct slot *slot, bool dear);
