/*
 * An x86 program as a boot loader finds it: an ELF file (System V ABI, chapters 4 and 5) of either
 * class, and the Multiboot2 header in it. Pure: checks every bound, so that any file may be given.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELF_MULTIBOOT2_MAGIC 0xe85250d6u /* Multiboot2 specification 2.0, 3.1.1 */

struct elf {
        const uint8_t *image; /* borrowed */
        size_t size;
        bool wide; /* ELFCLASS64 */
        uint64_t entry, segments_at, sections_at;
        unsigned segments, sections;
        unsigned names; /* the section that has the names of all */
};

/* A segment or section. */
struct elf_piece {
        uint32_t type;
        uint64_t offset, file_size;
        uint64_t address, memory_size; /* physical; of segments alone */
        size_t type_at;                /* where its type stands in the file */
};

/*
 * NULL when its headers and both tables can be read, or what is wrong, as the end of a sentence
 * that starts with the file's name ("is no ELF file").
 */
const char *elf_open(const void *image, size_t size, struct elf *ret_elf);

/* The same of what Linux loads as a module: an object file, which has sections alone. */
const char *elf_open_object(const void *image, size_t size, struct elf *ret_elf);

/* The first section of this name, all of which is in the file. False: there is none. */
bool elf_find_section(const struct elf *elf, const char *name, struct elf_piece *ret_section);

/* Numbers below elf->segments and elf->sections; what a piece says is not checked. */
struct elf_piece elf_segment(const struct elf *elf, unsigned i);
struct elf_piece elf_section(const struct elf *elf, unsigned i);

/* Whether all of the piece is in the file. */
bool elf_holds(const struct elf *elf, const struct elf_piece *piece);

/* The little-endian number of 4 bytes at `at`, which must be in the file. */
uint32_t elf_number(const struct elf *elf, uint64_t at);

/* Whether there is a Multiboot2 header for x86 where a loader looks, and where it is. */
bool elf_find_multiboot2(const struct elf *elf, size_t *ret_at);

/*
 * Whether the Multiboot2 header at `at` has a tag of this type with `size` bytes or more, head
 * included, and where it is (3.1.3).
 */
bool elf_find_tag(const struct elf *elf, size_t at, unsigned type, size_t size, size_t *ret_tag);
