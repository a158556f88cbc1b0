/* The manifest under construction: a line of sha256sum for each file that goes on the ESP. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dom0/base/buffer.h"
#include "dom0/base/failure.h"
#include "lib/sha256.h"

struct hashlist {
        struct buffer text; /* owned */
};

/* `path` is relative to EFI/forestage. */
void hashlist_add(struct hashlist *list, const char *path, const uint8_t sha256[SHA256_SIZE]);

/* The hash that a path is listed with. False: it is not listed. */
bool hashlist_find(const struct hashlist *list, const char *path, uint8_t ret_sha256[SHA256_SIZE]);

/* One hash over all that is listed below a folder, in the order of the list. */
void hashlist_digest(
        const struct hashlist *list, const char *folder, uint8_t ret_sha256[SHA256_SIZE]);

/*
 * Whether forestage.efi would take the list: names, doubles, sizes, and, when it is `whole`, what
 * must be there.
 */
bool hashlist_check(const struct hashlist *list, bool whole, struct failure *ret_error);
void hashlist_free(struct hashlist *list);
