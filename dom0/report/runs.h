/* The collected runs that a person names. */
#pragma once

#include <jansson.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"
#include "dom0/report/outputs.h"
#include "lib/sha256.h"

struct runs_run {
        json_t *document;                 /* run.json */
        char *path;                       /* of the run folder */
        char sha256[2 * SHA256_SIZE + 1]; /* of run.json, as it was read */
};

/*
 * Finds a run: `name` is the id (or its beginning, if no other has it) of one that was collected
 * here, or the path of a run folder. A path has a '/' or starts with a '.': a folder that lies here
 * by chance, or because somebody wants it to, is never taken for a collected run. Give it to
 * runs_free. False: EXIT_USAGE and why, or EXIT_BUSY while this host is being changed.
 */
bool runs_find(const struct host *host, const char *name, struct runs_run *ret_run,
        struct failure *ret_error);
void runs_free(struct runs_run *run);

/*
 * Reads outputs from the folders of two runs, for outputs_compare; give it to runs_reader_close. A
 * folder that cannot be opened has none of its files. Files that are not what run.json says of them
 * are not compared.
 */
struct outputs_reader runs_reader_open(const struct runs_run *a, const struct runs_run *b);
void runs_reader_close(struct outputs_reader *reader);
