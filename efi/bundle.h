/* The bundle: every file that the manifest lists, in memory and checked. */
#ifndef FORESTAGE_EFI_BUNDLE_H
#define FORESTAGE_EFI_BUNDLE_H

#include "efi/folder.h"
#include "efi/manifest.h"

#define BUNDLE_MAX_BYTES (8ull << 30) /* all files together */

struct bundle {
        struct pages manifest_text;
        struct pages entry_pages;
        struct manifest manifest;
        struct pages file_pages;
        struct pages *files; /* one for each entry of the manifest */
        uint64_t bytes;      /* of all files */
};

/*
 * Reads the manifest and measures the files that it lists, against the limits and the memory that
 * is free. `conf_present` says that forestage.conf is there: then it must be listed. On failure
 * nothing is held.
 */
bool bundle_open(const struct folder *folder, bool conf_present, struct bundle *ret_bundle,
        struct text *reason);

/*
 * Reads every file and compares its SHA-256. `conf` is forestage.conf as it was read before: it is
 * checked as it is, not read again. On failure the bundle still holds files; bundle_close it.
 */
bool bundle_read(
        struct bundle *bundle, const struct folder *folder, struct slice conf, struct text *reason);

void bundle_close(struct bundle *bundle);

/* The pages of a file that is listed for sure. */
struct pages *bundle_file(const struct bundle *bundle, struct slice path);

#endif
