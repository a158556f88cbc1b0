/*
 * The kernel's log, in pieces: what was said while nothing but the kernel ran, and what is said in
 * each row. So `forestage doctor` can be asked about one driver although others were loaded before
 * it.
 */
#pragma once

/* From the first record on. */
void log_open(void);

/* Says the records since the last call that concern the rows, and forgets what an earlier row left.
 * The first call's records stay. */
void log_begin_row(void);

/* Says those since the last call, and keeps them with the row's. */
void log_take(void);

/* A file, as /dev/kmsg would give it: the first call's records and this row's. */
void log_write(const char *path);
