/*
 * Writes into a store behind its caller's back, in the order in which it is told: while a piece is
 * on its way to the disk, the next one is filled. Or reads from it: while a piece is looked at, the
 * next one is on its way. It has a thread, and does nothing by itself.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/pen.h"

#define FEEDER_PIECE ((size_t)2 << 20) /* bytes that are written at once, at most */

struct feeder;

enum feeder_way { FEEDER_WRITES, FEEDER_READS };

/* The pen must outlive it. NULL: there is no memory, or no thread. For feeder_free. */
struct feeder *feeder_start(const struct store_pen *pen, enum feeder_way way);

/* --- one that writes --- */

/* Memory for FEEDER_PIECE bytes, as O_DIRECT wants it; waits until a piece is free. */
uint8_t *feeder_take(struct feeder *feeder);

/* What was taken last is to be written: whole blocks, to `offset` of the store's room. */
void feeder_give(struct feeder *feeder, uint64_t offset, size_t length);

/*
 * Waits until all that was given is written. False: the first of what could not be written since
 * the last call; `why` (WHY_SIZE bytes) says what the disk said. What came behind it was left.
 */
bool feeder_settle(struct feeder *feeder, char *why);

/* --- one that reads --- */

#define FEEDER_AHEAD 3u /* pieces that are asked for and were not had, at most */

/*
 * Whole blocks from `offset` of the store's room on are wanted, at most FEEDER_PIECE bytes; the
 * piece that was had last is given back with it.
 */
void feeder_ask(struct feeder *feeder, uint64_t offset, size_t length);

/*
 * The oldest of what was asked for, which stays until more is asked for. NULL: it could not be
 * read, or what was asked for behind it, and nothing more is; `why` (WHY_SIZE bytes) says what the
 * disk said.
 */
const uint8_t *feeder_get(struct feeder *feeder, char *why);

/* --- both --- */

void feeder_free(struct feeder *feeder);
