/*
 * The information that a Multiboot2 kernel gets from its loader (Multiboot2 Specification 2.0, 3.4
 * to 3.6). Pure: lays out bytes, knows no addresses but those that it is given.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "initramfs/xen/screen.h"

#define MULTIBOOT_BOOT_MAGIC 0x36d76289u

/* Types of memory as the firmware's map has them (ACPI 6.5, 15.1). */
enum memory_type {
        MEMORY_USABLE = 1,
        MEMORY_RESERVED = 2,
        MEMORY_ACPI = 3,
        MEMORY_NVS = 4,
        MEMORY_BAD = 5
};

struct memory_entry {
        uint64_t start, size;
        enum memory_type type;
};

/* Entries sorted by start, that do not overlap. */
struct memory_map {
        struct memory_entry *entries;
        size_t count, capacity;
};

struct multiboot_module {
        uint32_t start, size; /* bytes */
        const char *line;     /* the first word is the module's name */
};

struct multiboot {
        const char *line; /* the first word is the kernel's name */
        const char *loader;
        const struct multiboot_module *modules;
        size_t module_count;
        struct memory_map map;
        const struct screen *screen; /* NULL: none */
        uint32_t base; /* where the kernel lies that was moved; 0: where it was linked to */
};

/*
 * Writes the information to `buffer` (8-byte aligned). Returns its length, also when `size` is
 * less; then nothing behind the buffer is written, and the caller asks again with more.
 */
size_t multiboot_write(const struct multiboot *multiboot, void *buffer, size_t size);
