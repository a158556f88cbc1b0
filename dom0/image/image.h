/*
 * What an image says that it holds: initramfs.img begins with a cpio archive of its own, not
 * compressed, that has one file, forestage.image (initramfs/pack.sh writes it, docs/esp.md
 * describes it). So it is covered by the manifest's hash of initramfs.img, and goes wherever that
 * goes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/why.h"

#define IMAGE_CONTENTS  "forestage.image"
#define IMAGE_MAX_BYTES ((size_t)1 << 20) /* of it, with its archive */

struct image {
        char driver[32];    /* "550.163.01", "rehearsal"; "" none, or not known */
        char fabric[32];    /* Fabric Manager's, as the driver's; "" there is none */
        unsigned cuda, ptx; /* as lib/toolkit.h has them; 0: not known */
        char **file;        /* absolute paths of programs and libraries; owned */
        size_t files;
        char **applet; /* names that busybox knows, and its env and sh start; owned */
        size_t applets;
        char **version; /* "PATH NAME": a version of its symbols that a library has; owned */
        size_t versions;
};

/*
 * Reads the beginning of an initramfs.img. False with `why` (WHY_SIZE), a sentence about the image
 * without its full stop: it does not say what it holds, or in a way that is not understood. Pure.
 */
bool image_parse(const void *data, size_t length, struct image *ret_image, char *why);

/* The same of a file. */
bool image_read(const char *path, struct image *ret_image, char *why);
void image_free(struct image *image);

/* Whether the image has this file, by its absolute path. */
bool image_has(const struct image *image, const char *path);

/* Whether busybox has an applet of this name. False, too, where the image does not list them. */
bool image_has_applet(const struct image *image, const char *name);

/*
 * Whether the loader takes a library of the image for one that has this version ("GLIBC_2.36"):
 * true, too, where the image says nothing of that library. When false, `ret_newest` is the newest
 * of the same kind, or "", and is borrowed from the image.
 */
bool image_has_version(
        const struct image *image, const char *path, const char *version, const char **ret_newest);

/* The path of the library that the loader finds by itself; NULL: none. Owned by the caller. */
char *image_find_library(const struct image *image, const char *name);

/* Whether the loader finds a library of this name by itself, in the folders that it looks in. */
bool image_has_library(const struct image *image, const char *name);

/* Where libcuda and its companions are, and what LD_LIBRARY_PATH is in the stage. */
#define IMAGE_DRIVER_FOLDER "/usr/lib/forestage"

/* Whether it has a driver for GPUs, and not the Fabric Manager that NVSwitches need. */
bool image_lacks_fabric(const struct image *image);
