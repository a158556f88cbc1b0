/*
 * An input as it goes into a store: an EROFS image of a tree of files, made of a folder by
 * mkfs.erofs or brought as it is, and the hash tree of dm-verity over it. The same files give the
 * same bytes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"
#include "lib/sha256.h"

#define TREEIMAGE_SUFFIX ".erofs" /* of a file that is an image already */

struct treeimage {
        char *name;     /* its path in the job folder; owned */
        int fd;         /* of the image, for reading; owned */
        uint64_t bytes; /* of the image; whole blocks */
        uint8_t *tree;  /* the hash tree, a 128th of that; owned */
        uint8_t root[SHA256_SIZE];
};

/*
 * Whether `name` in the open job folder, which messages call `path`, can become one: a folder that
 * nobody else may write to, or a file NAME.erofs.
 */
bool treeimage_can(int folder, const char *path, const char *name, struct failure *ret_error);

/*
 * Makes it: of a folder in a file without a name in /var/lib/forestage. All of it is read once, for
 * the hash tree. For treeimage_free.
 */
bool treeimage_make(const struct host *host, int folder, const char *path, const char *name,
        struct treeimage *ret_image, struct failure *ret_error);

void treeimage_free(struct treeimage *image);
