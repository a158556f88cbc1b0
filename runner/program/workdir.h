/*
 * The folder that a program runs in: empty but for symbolic links to everything in the job folder,
 * so that it finds its inputs, and so that a regular file there is one that it wrote.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "files/beneath.h"
#include "lib/words.h"

#define WORKDIR_MAX_FILES 1000u
#define WORKDIR_MAX_LEFT  10u /* files of which it is told that they were left */

struct workdir {
        int parent;              /* the folder that it is in, O_PATH */
        char name[BENEATH_NAME]; /* its name there */
        int fd;
        int job_folder;       /* borrowed */
        struct timespec made; /* by the clock of its file system */
};

/* A file that was found: its path in the folder. */
struct workfile {
        char *path;
        uint64_t bytes;
};

struct workfiles {
        struct workfile *file;
        size_t count;

        /* What matches and is none that is collected, each with the reason; and how many. */
        struct words left;
        size_t all_left;
};

/*
 * Makes one under $TMPDIR or /tmp; `job_folder` must stay open. `program` is the file in the job
 * folder that will be executed: where it has no execute permission (FAT has none to give) a copy
 * with it takes its place. NULL: it is none of the folder's. When false, `why` (WHY_SIZE bytes) is
 * the reason.
 */
bool workdir_make(int job_folder, const char *program, struct workdir *ret_workdir, char *why);

/* Bytes of the regular files in it, as far as it can be read. */
uint64_t workdir_bytes(const struct workdir *workdir);

/*
 * Removes it with everything in it, by its descriptor: wherever others have moved it meanwhile, and
 * whatever has its name now, nothing else is removed. No mount in it is entered.
 */
void workdir_remove(struct workdir *workdir);

/*
 * Finds the regular files that match one of `patterns` (pattern.h), sorted by their paths' bytes.
 * Links are not followed, so they are left, and so is what was written through one into the job
 * folder. When false, `why` is the reason: too many, or a name that no record can have.
 */
bool workdir_find(const struct workdir *workdir, const struct words *patterns,
        struct workfiles *ret_files, char *why);
void workfiles_clear(struct workfiles *files);
