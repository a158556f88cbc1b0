/*
 * Page tables that map the first 4 GiB to themselves, for what runs between Linux and Xen: Linux's
 * own leave out the memory that it does not use, and there the payload lies. Pure.
 */
#pragma once

#include <stdint.h>

#define IDENTITY_PAGE  4096u
#define IDENTITY_BYTES (7 * IDENTITY_PAGE)

/* The roots' places in the tables: of five levels (CR4.LA57), and of four. */
#define IDENTITY_ROOT5 0
#define IDENTITY_ROOT4 IDENTITY_PAGE

/*
 * Fills IDENTITY_BYTES at `tables`, which will lie at the physical `address`, a multiple of
 * IDENTITY_PAGE. Pages of 2 MiB, present and writable (Intel SDM volume 3A, 4.5).
 */
void identity_write(uint64_t *tables, uint64_t address);
