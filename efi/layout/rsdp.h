/* The ACPI root pointer (ACPI 6.5, 5.2.5.3) and its copy in an EBDA page. Plain C11. */
#pragma once

#include "efi/parse/text.h"

#define RSDP_BYTES       36u   /* of ACPI 2.0 and later */
#define RSDP_EBDA_BYTES  4096u /* one page */
#define RSDP_EBDA_OFFSET 16u   /* of the copy in the page; ACPI wants a multiple of 16 */

/* Checks signature, revision, length and both checksums of the RSDP_BYTES at `rsdp`. */
bool rsdp_check(const void *rsdp, struct text *reason);

/*
 * Fills a page so that it is an extended BIOS data area: its size in KiB in byte 0, the root
 * pointer behind it, zeros elsewhere.
 */
void rsdp_fill_ebda(void *page, const void *rsdp);
