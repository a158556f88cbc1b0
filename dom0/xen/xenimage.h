/*
 * Whether kexec-tools can load a Xen: an ELF image with a Multiboot2 header, as kexec's
 * multiboot2-x86 loader wants it. Pure; works on a private copy of the decompressed file.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum xenimage_notes {
        XENIMAGE_NOTES_GOOD,
        XENIMAGE_NOTES_BAD, /* kexec would refuse the file for them; Xen itself does not need them
                             */
};

/*
 * NULL when kexec can load it, but perhaps for its notes; or what is wrong, as the end of a
 * sentence that starts with the file's name ("is no ELF file").
 */
const char *xenimage_check(const uint8_t *image, size_t size, enum xenimage_notes *ret_notes);

/* Makes nothing of the notes of an image that xenimage_check took: PT_NOTE and SHT_NOTE go. */
void xenimage_blank_notes(uint8_t *image, size_t size);
