/* What collecting at boot does beyond collecting: it happens once, and it is a line in the journal.
 */
#pragma once

#include <stdbool.h>

#include <jansson.h>

#include "dom0/base/host.h"
#include "dom0/state/survey.h"

/*
 * The run.json of this boot's run when it was collected before, and whole; NULL: it is still to be
 * done. Release it with json_decref.
 */
json_t *once_collected(const struct host *host, const struct survey *survey);

/*
 * For a boot without a run: says, the first time, that the last one was lost, and returns EXIT_FAIL
 * then, for each run of an order for every boot; otherwise says nothing and returns EXIT_PASS.
 */
int once_without_run(const struct host *host, struct survey *survey);

/* Notes that this boot's run was collected: it is not lost, whatever becomes of its folder. */
void once_remember(const struct host *host, struct survey *survey);

/* The run in one line: "forestage: run ID: PASS, 3 of 3 passed; FOLDER". */
void once_print(const json_t *document, const char *folder);

/*
 * Tells forestage.efi, through the ESP, that dom0 has come up from this boot's run. Where that
 * cannot be written, a warning says so; by hand only where Forestage is installed.
 */
void once_confirm(const struct survey *survey, bool by_service);
