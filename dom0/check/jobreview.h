/*
 * Everything about a folder of jobs that can be told without a GPU: what is wrong, what nobody but
 * a GPU can tell, and the room that the results need. The job files are read by the runner's own
 * parser. docs/job-files.md is the reference of what is right.
 */
#pragma once

#include <stdint.h>

#include <jansson.h>

#include "dom0/check/joblist.h"
#include "dom0/check/target.h"
#include "jobs/jobfolder.h"

/*
 * The document that `forestage check --json` prints (forestage(8)). `list` is what goes along of
 * the folder; NULL: that is not looked at. Release it with json_decref.
 */
json_t *jobreview_make(const struct jobfolder *jobs, const char *folder, const struct joblist *list,
        const struct target *target);

/* Prints "BEFOREa.conf:3: WHATmessage" for each of a job's complaints or warnings. */
void jobreview_print_notes(FILE *to, const json_t *list, const char *before, const char *what);

/* A number of the document, by the name of its object and its own. */
uint64_t jobreview_number(const json_t *review, const char *object, const char *key);
