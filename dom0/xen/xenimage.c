#include "dom0/xen/xenimage.h"

#include <elf.h>
#include <string.h>

#include "lib/elf.h"

#define LIMIT 0x100000000ull /* everything must lie below 4 GiB */

static const char *check_segments(const struct elf *elf)
{
        unsigned loaded = 0;

        for (unsigned i = 0; i < elf->segments; i++) {
                struct elf_piece piece = elf_segment(elf, i);

                if (piece.type != PT_LOAD)
                        continue;
                loaded++;
                if (!elf_holds(elf, &piece))
                        return "has a segment that leaves the file: it is cut short";
                if (piece.memory_size < piece.file_size)
                        return "has a segment that is larger in the file than in memory";
                if (piece.address >= LIMIT || piece.memory_size > LIMIT - piece.address)
                        return "has a segment above 4 GiB";
        }
        return loaded ? NULL : "has no segment to load";
}

static const char *check_multiboot2(const struct elf *elf)
{
        size_t at;

        if (!elf_find_multiboot2(elf, &at))
                return "has no Multiboot2 header in its first 32 KiB, which kexec needs (Xen 4.9 "
                       "and later)";
        return elf_number(elf, at + 8) <= elf->size - at
                       ? NULL
                       : "has a Multiboot2 header that is cut short";
}

static uint64_t aligned(uint64_t bytes)
{
        return (bytes + 3) & ~3ull;
}

/* kexec walks over all notes and gives up on one that leaves its place or has no proper name. */
static bool notes_are_good(const struct elf *elf, const struct elf_piece *piece)
{
        uint64_t at = piece->offset, end;

        if (!elf_holds(elf, piece))
                return false;
        end = piece->offset + piece->file_size;
        while (at < end) {
                uint64_t name, room = end - at;

                if (room < sizeof(Elf32_Nhdr))
                        return false;
                name = elf_number(elf, at);
                room -= sizeof(Elf32_Nhdr);
                if (aligned(name) > room || aligned(elf_number(elf, at + 4)) > room - aligned(name))
                        return false;
                if (name > 0 && elf->image[at + sizeof(Elf32_Nhdr) + name - 1] != '\0')
                        return false;
                at += sizeof(Elf32_Nhdr) + aligned(name) + aligned(elf_number(elf, at + 4));
        }
        return true;
}

static bool all_notes_are_good(const struct elf *elf)
{
        for (unsigned i = 0; i < elf->segments; i++) {
                struct elf_piece piece = elf_segment(elf, i);

                if (piece.type == PT_NOTE && !notes_are_good(elf, &piece))
                        return false;
        }
        for (unsigned i = 0; i < elf->sections; i++) {
                struct elf_piece piece = elf_section(elf, i);

                if (piece.type == SHT_NOTE && !notes_are_good(elf, &piece))
                        return false;
        }
        return true;
}

const char *xenimage_check(const uint8_t *image, size_t size, enum xenimage_notes *ret_notes)
{
        struct elf elf;
        const char *problem = elf_open(image, size, &elf);

        if (!problem)
                problem = check_segments(&elf);
        if (!problem)
                problem = check_multiboot2(&elf);
        if (!problem)
                *ret_notes = all_notes_are_good(&elf) ? XENIMAGE_NOTES_GOOD : XENIMAGE_NOTES_BAD;
        return problem;
}

void xenimage_blank_notes(uint8_t *image, size_t size)
{
        struct elf elf;

        if (elf_open(image, size, &elf))
                return;
        for (unsigned i = 0; i < elf.segments; i++) {
                struct elf_piece piece = elf_segment(&elf, i);

                if (piece.type == PT_NOTE)
                        memset(image + piece.type_at, 0, 4); /* PT_NULL */
        }
        for (unsigned i = 0; i < elf.sections; i++) {
                struct elf_piece piece = elf_section(&elf, i);

                if (piece.type == SHT_NOTE)
                        memset(image + piece.type_at, 0, 4); /* SHT_NULL */
        }
}
