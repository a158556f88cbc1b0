/*
 * Files of the bundle: EFI/forestage on the device that this program was loaded from. Paths are
 * bundle paths (efi/parse/path.h), checked before they come here.
 */
#pragma once

#include "efi/firmware/pages.h"
#include "efi/parse/decision.h"
#include "efi/parse/path.h"

#include <efi.h>

struct folder {
        EFI_FILE_HANDLE root;   /* of the file system; NULL: not open */
        EFI_FILE_HANDLE handle; /* EFI/forestage; NULL: not open */
};

bool folder_open(struct folder *ret_folder, struct text *reason);
void folder_close(struct folder *folder);

/* Bytes of a file. FILE_WRONG for a folder; every state but FILE_GOOD appends a reason. */
enum file_state folder_file_size(
        const struct folder *folder, struct slice path, uint64_t *ret_size, struct text *reason);

/*
 * Reads a whole file of at most `limit` bytes, with one large read where the firmware can do that.
 * FILE_WRONG when it is larger or a folder; every state but FILE_GOOD appends a reason such as
 * "next/xen: not found".
 */
enum file_state folder_read(const struct folder *folder, struct slice path, uint64_t limit,
        struct pages *ret_pages, struct text *reason);

/*
 * The same into memory below `below` that stays reserved (pages_reserve_below). What the file
 * leaves of the last page is zero.
 */
enum file_state folder_read_reserved(const struct folder *folder, struct slice path, uint64_t limit,
        uint64_t below, struct pages *ret_pages, struct text *reason);

/* Removes a file; the status says why it could not. */
EFI_STATUS folder_remove(const struct folder *folder, struct slice path);
