/* Whether a run folder has room where it is to go, asked before any of it is written. */
#pragma once

#include <stdbool.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"
#include "dom0/run/run.h"

/*
 * Looks at the file system of `parent`, an existing folder: bytes in whole blocks, and files and
 * folders where it counts those. What run.json and events.jsonl will take is put too high rather
 * than too low. True also where nothing can be found out: then the writing itself will tell.
 */
bool room_check(const struct host *host, const char *parent, const struct run *run, bool raw,
        struct failure *ret_error);
