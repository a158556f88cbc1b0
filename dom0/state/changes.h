/*
 * What install has changed on this host, so that uninstall can put everything back: a journal and
 * copies of the files that were there before, in /var/lib/forestage/backup. Each change is in the
 * journal, on disk, before it is made.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"

struct changes {
        const struct host *host;
        json_t *list; /* an array of objects, oldest first */
        char *folder; /* of the journal and the copies */
        bool differs; /* an undoing found something else than install left: it has said what */
};

/* How a file comes back to what it was, when others have changed it in the meantime. */
enum changes_again {
        CHANGES_KEEP,     /* it is left as it is, and named */
        CHANGES_UNHOOK,   /* our lines are taken out of it (dom0/grub/grubhook.h) */
        CHANGES_MKCONFIG, /* the host makes it anew (update-grub) */
};

/* Reads the journal; an empty one when there is none. */
bool changes_open(const struct host *host, struct changes *ret_changes, struct failure *ret_error);
void changes_close(struct changes *changes);

bool changes_empty(const struct changes *changes);

/* Notes a folder that holds nothing but ours: undoing removes it with all that is in it. */
bool changes_note_folder(struct changes *changes, const char *path, struct failure *ret_error);

/*
 * Notes the boot option that starts forestage.efi from `partition` (named as in struct bootoption).
 * Its number is not noted: firmware gives options new ones.
 */
bool changes_note_boot_option(
        struct changes *changes, const char *partition, struct failure *ret_error);

/* Whether one for that partition is noted. */
bool changes_has_boot_option(const struct changes *changes, const char *partition);

/* Where the ESP that holds our folder was mounted; owned by the caller. NULL: none is noted. */
char *changes_esp(const struct changes *changes);

/* Copies a file that is about to be changed, once: later calls for the same file do nothing. */
bool changes_keep_file(struct changes *changes, const char *path, enum changes_again again,
        struct failure *ret_error);

/* Notes what a kept file holds now that it was changed by us. */
bool changes_seal_file(struct changes *changes, const char *path, struct failure *ret_error);

/* Writes a file that was not there before, or that is ours already. */
bool changes_create(struct changes *changes, const char *path, const char *text, mode_t mode,
        struct failure *ret_error);

/*
 * Undoes everything from change number `first` on, the newest first, and takes it out of the
 * journal. Each thing that is done is a line on `to`. Goes on after a failure, but returns false
 * with the first one, which stays in the journal.
 */
bool changes_undo(struct changes *changes, size_t first, FILE *to, struct failure *ret_error);

/* Runs update-grub, or grub-mkconfig for the file `path`. */
bool changes_mkconfig(const struct host *host, const char *path, struct failure *ret_error);
