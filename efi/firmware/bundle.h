/* The bundle: every file that the manifest lists, in memory and checked. */
#pragma once

#include "efi/firmware/folder.h"
#include "efi/firmware/helpers.h"
#include "efi/layout/payload.h"
#include "efi/parse/digests.h"
#include "efi/parse/manifest.h"

#define BUNDLE_MAX_BYTES (8ull << 30) /* all files together */

struct bundle {
        struct pages manifest_text;
        struct pages entry_pages;
        struct manifest manifest;
        struct pages file_pages;
        struct pages *files;    /* one for each entry of the manifest */
        uint64_t bytes;         /* of all files */
        struct payload payload; /* of those that stay where they are */
        struct pages digest_pages;
        struct digests digests; /* a task for each entry of the manifest, in its order */
        struct helpers helpers;
};

/*
 * Reads the manifest and measures the files that it lists, against the limits and the memory that
 * is free. `conf_present` says that forestage.conf is there: then it must be listed. On failure
 * nothing is held.
 */
bool bundle_open(const struct folder *folder, bool conf_present, struct bundle *ret_bundle,
        struct text *reason);

/*
 * Reads every file and compares its SHA-256; those of the payload into memory that stays reserved,
 * so that nobody has to copy them before Xen does. `conf_text` is forestage.conf as it was read
 * before: it is checked as it is, not read again. `alone`: without other processors, which
 * otherwise help where this one has no instructions for SHA-256. On failure the bundle still holds
 * files; bundle_close it. `bundle` must stay where it is until then.
 */
bool bundle_read(struct bundle *bundle, const struct folder *folder, struct slice conf_text,
        bool alone, struct text *reason);

/* Gives everything back. Resets the machine when another processor is still at work on it. */
void bundle_close(struct bundle *bundle);

/* The pages of a file that is listed for sure. */
struct pages *bundle_file(const struct bundle *bundle, struct slice path);
