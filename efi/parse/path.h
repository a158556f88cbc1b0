/*
 * Paths in the bundle: relative to EFI/forestage, with forward slashes, as the manifest writes
 * them. They must mean the same file on FAT and in the stage's root file system, so what FAT would
 * change or refuse is an error here. Plain C11 without a C library.
 */
#pragma once

#include "efi/parse/text.h"

#define PATH_MAX_BYTES 240u /* of a path in the bundle, or of the fallback loader's */

enum path_error {
        PATH_OK,
        PATH_EMPTY,
        PATH_LONG,      /* more than PATH_MAX_BYTES */
        PATH_ABSOLUTE,  /* starts with a slash */
        PATH_BACKSLASH, /* would be a separator for the firmware and none for Linux */
        PATH_HOLE,      /* an empty component: "a//b", "a/" */
        PATH_DOTS,      /* a component "." or ".." */
        PATH_CHARACTER, /* not printable ASCII, or one of " * : < > ? | */
        PATH_ENDING,    /* a component ends in a dot or blank, which FAT drops */
};

const char *path_strerror(enum path_error error);

/* Checks a path of the bundle. */
enum path_error path_check(struct slice path);

/* Whether FAT takes both for the same file (ASCII letters in either case). */
bool path_same(struct slice left, struct slice right);
/* <0, 0 or >0, as path_same understands equality; paths in one folder sort next to each other. */
int path_compare(struct slice left, struct slice right);

/* UTF-16 units that path_to_firmware writes at most, the terminating 0 counted. */
#define PATH_MAX_UNITS (PATH_MAX_BYTES + 1)

/* Writes a checked path as the firmware wants it: UTF-16, backslashes, terminated. */
void path_to_firmware(struct slice path, uint16_t ret_units[PATH_MAX_UNITS]);

/*
 * Reads an absolute path on the ESP as people write it ("\EFI\x\y.efi", "/EFI/x/y.efi",
 * "EFI\x\y.efi") and writes it with forward slashes and without the first one.
 */
enum path_error path_from_esp(struct slice text, char ret_path[PATH_MAX_BYTES + 1]);
