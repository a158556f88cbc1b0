#include "initramfs/xen/xenfile.h"

#include <elf.h>

#include "lib/elf.h"

static const char *check_part(const struct elf *elf, const struct elf_piece *part)
{
        if (!elf_holds(elf, part))
                return "its contents lie outside of the file";
        if (part->memory_size < part->file_size || part->file_size == 0)
                return "it takes less memory than it has bytes";
        if (part->address > UINT32_MAX || part->memory_size > UINT32_MAX - part->address)
                return "it does not lie below 4 GiB";
        if (elf->entry < part->address || elf->entry >= part->address + part->file_size)
                return "its entry lies outside of it";
        return NULL;
}

/* How many parts are to be loaded, and the last of them. */
static size_t find_parts(const struct elf *elf, struct elf_piece *ret_part)
{
        size_t count = 0;

        for (unsigned i = 0; i < elf->segments; i++) {
                struct elf_piece piece = elf_segment(elf, i);

                if (piece.type != PT_LOAD)
                        continue;
                *ret_part = piece;
                count++;
        }
        return count;
}

#define TAG_RELOCATABLE   10u
#define RELOCATABLE_BYTES 24u
#define PREFERS_HIGH      2u

/* A range without sense is none: such a Xen stays where it is. */
static struct placement_range find_range(const struct elf *elf, size_t header)
{
        struct placement_range range = { 0 };
        size_t tag;

        if (!elf_find_tag(elf, header, TAG_RELOCATABLE, RELOCATABLE_BYTES, &tag))
                return range;
        range.least = elf_number(elf, tag + 8);
        range.most = elf_number(elf, tag + 12);
        range.align = elf_number(elf, tag + 16);
        range.high = elf_number(elf, tag + 20) == PREFERS_HIGH;
        if ((range.align & (range.align - 1)) != 0)
                range.align = 0;
        return range;
}

const char *xenfile_read(const void *file, size_t size, struct xenfile *ret_xen)
{
        struct elf_piece part = { 0 };
        const char *problem;
        struct elf elf;
        size_t at;

        if (elf_open(file, size, &elf))
                return "it is no ELF file for this machine";
        if (!elf_find_multiboot2(&elf, &at))
                return "it has no Multiboot2 header";
        if (find_parts(&elf, &part) != 1)
                return "it has not exactly one part to load";
        problem = check_part(&elf, &part);
        if (!problem)
                *ret_xen = (struct xenfile){
                        .bytes = elf.image + part.offset,
                        .size = part.file_size,
                        .address = (uint32_t)part.address,
                        .memory = (uint32_t)part.memory_size,
                        .entry = (uint32_t)elf.entry,
                        .range = find_range(&elf, at),
                };
        return problem;
}
