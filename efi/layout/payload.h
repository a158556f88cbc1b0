/*
 * The parts of the next system that stay in memory where forestage.efi has read them: Xen's
 * modules, dom0's kernel first, in pages that Linux does not touch. init finds the text as
 * /forestage/next/payload and passes the addresses on to Xen. Plain C11: written by the EFI
 * application, read by init.
 */
#pragma once

#include "efi/parse/modules.h"

#define PAYLOAD_FILE     "next/payload" /* in the archive; no file of the bundle */
#define PAYLOAD_MAX_TEXT 512u           /* bytes of the text, with its NUL */
#define PAYLOAD_PAGE     4096ull
#define PAYLOAD_LIMIT    (1ull << 32) /* Multiboot2 has 32-bit addresses */

struct payload_part {
        uint64_t address; /* physical, a multiple of PAYLOAD_PAGE; zeros fill the last page up */
        uint64_t size;    /* bytes */
};

struct payload {
        struct payload_part modules[MODULES_MAX]; /* by Xen's number */
        size_t count;
};

/* The part that a file of the bundle is, which counts from then on; NULL: none. */
struct payload_part *payload_part(struct payload *payload, struct slice path);

/* Bytes of all parts. */
uint64_t payload_bytes(const struct payload *payload);

/* Appends the text, a line `module=ADDRESS,BYTES` each; `text` needs PAYLOAD_MAX_TEXT bytes. */
void payload_write(const struct payload *payload, struct text *text);

/*
 * Reads it back. False, with "next/payload:LINE: what" or "next/payload: what" appended, unless
 * there is at least one part, no more than MODULES_MAX, and every one has bytes, begins with a page
 * and ends below PAYLOAD_LIMIT.
 */
bool payload_parse(struct slice text, struct payload *ret_payload, struct text *reason);
