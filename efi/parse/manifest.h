/*
 * The bundle's manifest: sha256sum's text format, one file a line ("HEX  path" or "HEX *path"),
 * paths relative to EFI/forestage. Empty lines and lines that start with `#` are skipped, CRLF is
 * accepted. Plain C11 without a C library; uses sha256_parse of region/.
 */
#pragma once

#include "efi/parse/path.h"
#include "lib/sha256.h"

#define MANIFEST_MAX_FILES 4096u
#define MANIFEST_MAX_BYTES (2u << 20) /* of the manifest itself */

struct manifest_entry {
        struct slice path; /* checked with path_check; leads into the manifest's text */
        uint8_t sha256[SHA256_SIZE];
        unsigned line;
};

struct manifest {
        struct manifest_entry *entries; /* the caller's, sorted with path_compare when parsed */
        size_t capacity;                /* how many fit there */
        size_t count;
};

/*
 * Reads a whole manifest into `manifest`, whose entries and capacity the caller has set. Returns
 * false and appends the reason when a line or path is wrong, a file is listed twice (also when only
 * the case differs, for FAT that is one file), too many files are listed, or one of the files that
 * every run needs is not (vmlinuz, initramfs.img, next/xen, next/vmlinuz, next/next.conf), or when
 * the files of next/ are no next system (modules.h).
 */
bool manifest_parse(struct slice text, struct manifest *manifest, struct text *reason);

/* The entry of a path, written exactly so (Linux does not ignore case), or NULL. */
const struct manifest_entry *manifest_find(const struct manifest *manifest, struct slice path);
