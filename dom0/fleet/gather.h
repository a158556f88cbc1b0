/* The run folders below a folder, whoever brought them together. */
#pragma once

#include <stdbool.h>

#include "dom0/base/failure.h"
#include "dom0/fleet/sample.h"

#define GATHER_DEPTH 8u /* folders in folders */

/*
 * Reads every run.json below `path`, itself included, and settles the fleet; fleet_free releases
 * it. A folder that holds one is a run folder, and nothing below it is looked at. Symbolic links
 * are not followed. A run.json that cannot be read is skipped, and why is in the fleet. On a
 * terminal, standard error says every second how far it is. False: EXIT_USAGE, there is no such
 * folder, or no run in it.
 */
bool gather(const char *path, struct fleet *ret_fleet, struct failure *ret_error);
