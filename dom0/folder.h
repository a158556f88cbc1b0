/* The run folder: written beside its final name and then renamed, whole or not at all. */
#ifndef FORESTAGE_DOM0_FOLDER_H
#define FORESTAGE_DOM0_FOLDER_H

#include <stdbool.h>

#include <jansson.h>

#include "dom0/failure.h"
#include "dom0/run.h"

/* The final name, looked at before anything is written. */
struct folder {
        char *path;   /* owned; without a trailing slash */
        char *parent; /* owned */
        bool replace; /* it holds an earlier collection of the same run */
};

/*
 * Whether a run with this id may be written to `path`: nothing is there, an empty folder, or a
 * folder of the same run. EXIT_USAGE: something else is there. EXIT_INCOMPLETE: it cannot be told,
 * or a complete run would be replaced by one that is not. `run_id` may be NULL: then only nothing
 * or an empty folder will do.
 */
bool folder_prepare(const char *path, const char *run_id, bool complete, struct folder *ret_folder,
        struct failure *ret_error);

/*
 * Writes run.json, events.jsonl, the files and, when `raw`, region.bin: folders 0700, files 0600.
 * On failure nothing is left under the final name but what was there before.
 */
bool folder_write(const struct folder *folder, const struct run *run, const json_t *document,
        bool raw, struct failure *ret_error);
void folder_free(struct folder *folder);

/* Creates a folder and those above it, 0700. False: errno. */
bool folder_make_all(const char *path);

/* The run.json of a run folder; NULL when there is none that can be read (errno) or it is none. */
json_t *folder_document(const char *path);

#endif
