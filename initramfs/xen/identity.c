#include "initramfs/xen/identity.h"

#include <string.h>

#define ENTRIES         (IDENTITY_PAGE / 8)
#define LARGE_PAGE      (2ull << 20)
#define PRESENT_WRITE   0x3u
#define LARGE           0x80u
#define GIBIBYTES       4u
#define POINTERS_NUMBER 2u /* which of the pages is the page-directory-pointer table */
#define FIRST_DIRECTORY 3u

/* The first of the pages holds the one entry of five levels, the second that of four. */
void identity_write(uint64_t *tables, uint64_t address)
{
        uint64_t *pointers = tables + POINTERS_NUMBER * ENTRIES;
        uint64_t *directories = tables + FIRST_DIRECTORY * ENTRIES;

        memset(tables, 0, IDENTITY_BYTES);
        tables[IDENTITY_ROOT5 / 8] = (address + IDENTITY_ROOT4) | PRESENT_WRITE;
        tables[IDENTITY_ROOT4 / 8] = (address + POINTERS_NUMBER * IDENTITY_PAGE) | PRESENT_WRITE;
        for (unsigned int i = 0; i < GIBIBYTES; i++)
                pointers[i] = (address + (FIRST_DIRECTORY + i) * IDENTITY_PAGE) | PRESENT_WRITE;
        for (uint64_t i = 0; i < GIBIBYTES * ENTRIES; i++)
                directories[i] = i * LARGE_PAGE | PRESENT_WRITE | LARGE;
}
