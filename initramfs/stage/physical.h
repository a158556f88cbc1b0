/*
 * Physical memory through /dev/mem: the region and the two words of the BIOS data area that tell
 * Xen where the ACPI root pointer is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Maps `size` bytes at `address`, both whole pages, for reading and writing; NULL with errno. */
void *physical_map(uint64_t address, size_t size);

/* Maps `size` bytes at `address`, which is a page's, for reading; NULL with errno. */
const void *physical_map_reading(uint64_t address, size_t size);

/*
 * Writes the cache lines of a mapping back to memory: dom0 will read it uncached, and a kexec does
 * not do it for us.
 */
void physical_flush(const void *mapping, size_t size);

/*
 * Whether an EBDA page may be announced: page-aligned, in [0x40000, 0xA0000), because Xen puts its
 * trampoline into the 64 KiB below (xen/arch/x86/boot/head.S).
 */
bool physical_ebda_is_good(uint64_t ebda);

/*
 * Announces the EBDA: its segment at 0x40E and the kilobytes of memory below it at 0x413 (BIOS data
 * area), read back. NULL, or what went wrong.
 */
const char *physical_announce_ebda(uint64_t ebda);
