/* Reading a run, and judging it: the only way to a struct run. Pure. */
#pragma once

#include "dom0/run/run.h"

/*
 * Reads the `size` bytes at `base`, which must stay as they are while the run lives. `expected_id`
 * is the run id that this boot's kernel command line names, when the region is where it says, or
 * NULL: what init has not sealed is no pass then. Always gives a run, if only one of which
 * nothing could be salvaged. Release it with run_free.
 */
void run_read(const void *base, size_t size, const uint8_t expected_id[16], struct run *ret_run);

/*
 * The same of a run whose large files are in a store: those are no part of the region, and a run
 * that has any is no pass for run_read.
 */
void run_read_stored(const void *base, size_t size, const uint8_t expected_id[16],
        const struct run_store *store, struct run *ret_run);
