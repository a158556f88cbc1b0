/* The collected runs that a person names. */
#pragma once

#include <jansson.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"

/*
 * The run.json of a run: `name` is the id (or its beginning, if no other has it) of one that was
 * collected here, or the path of a run folder. A path has a '/' or starts with a '.': a folder that
 * lies here by chance, or because somebody wants it to, is never taken for a collected run. Release
 * it. NULL: EXIT_USAGE and why, or EXIT_BUSY while this host is being changed.
 */
json_t *runs_open(const struct host *host, const char *name, struct failure *ret_error);
