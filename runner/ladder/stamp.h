/*
 * Memory whose every word of 8 bytes says where it belongs, so that a page that is found in
 * another one's place can be named. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/why.h"

#define STAMP_PAGE 4096u
#define STAMP_VOID 0x5a /* the bytes of memory that is to be written */

/* The first wrong word, and how much is wrong. */
struct stamp_fault {
        uint64_t page, offset; /* offset: in bytes, within the page */
        uint64_t wanted, found;
        uint64_t words, pages; /* that are wrong */
};

/* `bytes` is a multiple of STAMP_PAGE; `round` (24 bits) tells contents of different times apart.
 */
void stamp_fill(void *memory, uint64_t bytes, uint32_t round);

/* Makes it memory that nothing was written to. */
void stamp_clear(void *memory, uint64_t bytes);

/* Whether every word is in its place. */
bool stamp_check(const void *memory, uint64_t bytes, uint32_t round, struct stamp_fault *ret_fault);

/* "page 7 is wrong from byte 16 on: it has the content of page 12, …"; WHY_SIZE bytes. */
void stamp_explain(const struct stamp_fault *fault, uint64_t bytes, uint32_t round, char *ret_text);
