/* The store that the runner may write large files to, and what it holds of inputs: its disk is open
 * already, and is not named. */
#pragma once

#include "region/region.h"
#include "runner/options.h"
#include "runner/program/inputs.h"
#include "store/shelf.h"

struct storage {
        struct store_map map;
        struct store_pen pen;
        struct shelf *shelf; /* NULL: there is no store */
        struct inputs inputs;
};

/*
 * To be called before any other process is there: no job has the disk from then on, nor gets it
 * through /proc/PID/fd of one that has it: that is for those who may trace it, and a process that
 * leaves no dump nobody may without CAP_SYS_PTRACE. When false, `why` (WHY_SIZE bytes) is the
 * reason.
 */
bool storage_hide(const struct options *options, char *why);

/*
 * Opens the store of the options, if they have one, for the run of a region: each of its first
 * blocks is where it should be. Reads which inputs there are. When false, `why` (WHY_SIZE bytes) is
 * the reason. `ret_storage` must stay where it is, until storage_close.
 */
bool storage_open(const struct options *options, const struct region_writer *writer,
        struct storage *ret_storage, char *why);
void storage_close(struct storage *storage);
