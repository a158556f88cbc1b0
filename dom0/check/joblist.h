/*
 * The files of a jobs folder that a run takes along: every one but those whose name, or that of a
 * folder on the way, starts with a dot, and but the trees that go into a store. Others may write to
 * the folder, so it is opened once and all is reached through that descriptor. No link is followed:
 * FAT has none, and one that leads elsewhere would bring along what its owner may not read.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "dom0/base/failure.h"
#include "lib/words.h"

struct joblist_file {
        char *name; /* relative to the folder; owned */
        uint64_t bytes;
};

struct joblist {
        const char *path; /* of the folder, as the user calls it; borrowed */
        int folder;       /* open */
        struct joblist_file *file;
        size_t count;
        uint64_t fat_bytes; /* what they take on FAT, their folders included, at most */
        size_t hidden;      /* names that start with a dot, but for what looks like a job */
        char *first_hidden; /* one of them; owned */
        struct words trees; /* paths that jobs name with Data= and Root=: not listed */
};

/*
 * Lists a folder, in the order in which the files can be created on FAT (dom0/host/fatname.h).
 * False when something in it cannot go there, by its name, kind or size; nothing has to be released
 * then.
 */
bool joblist_read(const char *path, struct joblist *ret_list, struct failure *ret_error);
void joblist_free(struct joblist *list);

/* The file's path in the manifest; owned by the caller. */
char *joblist_path(const struct joblist_file *file);

/* Whether forestage.efi would take a manifest with these files. */
bool joblist_check_manifest(const struct joblist *list, struct failure *ret_error);

/* Whether a file is in the list, written exactly so. */
bool joblist_has(const struct joblist *list, const char *name);

/*
 * Opens a file of the list once more and for good; it must be of the size that was listed. -1 with
 * a reason.
 */
int joblist_open(
        const struct joblist *list, const struct joblist_file *file, struct failure *ret_error);

/* Why a file in a folder may not be taken, as the end of a sentence; NULL: it may. */
const char *joblist_problem(const struct stat *folder, const struct stat *file);
