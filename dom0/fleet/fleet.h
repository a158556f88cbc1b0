/* report --fleet: the runs of many hosts, gathered below one folder. */
#pragma once

#include <stdbool.h>

#include "dom0/base/exit.h"

/*
 * Reads all runs below `folder` and prints what stands apart: in words, or, with `json`, as
 * docs/fleet.schema.json has it. With `html` (may be NULL) also writes that page, and beside it the
 * same as JSON and as a table: PAGE.json and PAGE.csv, less an ending of ".html". Returns what to
 * exit with.
 */
int fleet_report(const char *folder, const char *html, bool json);
