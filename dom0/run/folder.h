/* The run folder: written beside its final name and then renamed, whole or not at all. */
#pragma once

#include <stdbool.h>

#include <jansson.h>

#include "dom0/base/failure.h"
#include "dom0/run/run.h"
#include "files/place.h"

/* The final name, looked at before anything is written; both folders are held open from then on. */
struct folder {
        char *path;         /* owned; as it was named, without a trailing slash */
        struct place place; /* where that leads */
        int old;            /* what stands there, open; -1: nothing */
        bool replace;       /* it holds an earlier collection of the same run */
        const char *run_id; /* borrowed; NULL: none */
        bool complete;
        const struct run_store *store; /* borrowed; where files are that are not in the region */
        const json_t *texts;           /* borrowed; {"path": text} of further files; NULL: none */
};

/*
 * Whether a run with this id may be written to `path`: nothing is there, an empty folder, or a
 * folder of the same run. EXIT_USAGE: something else is there, or the way there leads through a
 * link that others can exchange (files/place.h). EXIT_INCOMPLETE: it cannot be told,
 * or a complete run would be replaced by one that is not. `run_id` may be NULL: then only nothing
 * or an empty folder will do; else it has to stay until folder_free.
 */
bool folder_prepare(const char *path, const char *run_id, bool complete, struct folder *ret_folder,
        struct failure *ret_error);

/*
 * Writes run.json, events.jsonl, the files and, when `raw`, region.bin: folders 0700, files 0600.
 * On failure nothing is left under the final name but what was there before. Where others may write
 * beside it they can spoil that, and then it fails; nothing of theirs or of anybody is followed,
 * written to or removed but what folder_prepare has looked at. Where they cannot, and another
 * collection of the same run has got the name meanwhile, that is looked at as folder_prepare does.
 */
bool folder_write(struct folder *folder, const struct run *run, const json_t *document, bool raw,
        struct failure *ret_error);
void folder_free(struct folder *folder);

/* Creates a folder and those above it, 0700. False: errno. */
bool folder_make_all(const char *path);

/* The run.json of a run folder; NULL when there is none that can be read (errno) or it is none. */
json_t *folder_document(const char *path);

/* The same, and the hash as jsonfile_load_hashed has it. */
json_t *folder_document_hashed(const char *path, char ret_hash[2 * SHA256_SIZE + 1]);

/* The same of a folder that nobody but root or this user can have written; else EINVAL. */
json_t *folder_own_document(const char *path);
