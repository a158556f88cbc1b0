/*
 * What runs between Linux and Xen, on page tables of the loader's: checks that the memory that Xen
 * will find is still what it was, and enters Xen as Multiboot2 wants it, in 32-bit protected mode
 * without paging. A flat image of position-independent code, with this table at a fixed place for
 * the loader to fill in. When a byte has changed, it resets the machine: the next boot is a normal
 * one.
 */
#pragma once

#define PURGATORY_TABLE_OFFSET 64 /* in the image; it is entered at 0, in 64-bit mode */
#define PURGATORY_ROOT4        16 /* in the table */
#define PURGATORY_ROOT5        20
#define PURGATORY_RANGES       24
#define PURGATORY_MAX_RANGES   10 /* Xen, its boot information, eight modules */

#ifndef __ASSEMBLER__

#include <stdint.h>

struct purgatory_table {
        uint32_t entry;       /* of Xen */
        uint32_t information; /* of Multiboot2 */
        uint64_t checksum;    /* of all ranges, one after another: purgatory/checksum.h */
        uint32_t root4;       /* of page tables with four levels, identity.h */
        uint32_t root5;       /* with five, for a kernel that uses as many */
        struct {
                uint64_t start, size; /* size 0: none */
        } ranges[PURGATORY_MAX_RANGES];
};

#endif
