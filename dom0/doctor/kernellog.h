/*
 * The kernel's log as /dev/kmsg gives it (Documentation/ABI/testing/dev-kmsg): a record is
 * "priority,sequence,time,flags;text", lines that start with a blank belong to the record before.
 * Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The text of the next record, without its head, cut to `size`; moves `at`. False at the end. */
bool kernellog_next(const char **at, char *out, size_t size);

/* The first record whose text holds `mark`. */
bool kernellog_find(const char *log, const char *mark, char *out, size_t size);

/* Whether there is one. `log` NULL, which may not be read, has none. */
bool kernellog_has(const char *log, const char *mark);

/* Whether the log still holds the kernel's first record, so that a line that is not there was never
 * written. */
bool kernellog_is_whole(const char *log);
