#include "dom0/xen/xenimage.h"

#include <elf.h>
#include <string.h>

#define MULTIBOOT2_MAGIC  0xe85250d6u /* Multiboot2 specification 2.0, 3.1.1 */
#define MULTIBOOT2_SEARCH 32768u      /* bytes in which the header must lie */
#define MULTIBOOT2_ALIGN  8u
#define LIMIT             0x100000000ull /* everything must lie below 4 GiB */

/* A segment or section, of either class. */
struct piece {
        uint32_t type;
        uint64_t offset, file_size, address, memory_size;
        size_t type_at; /* where its type stands in the file */
};

struct elf {
        const uint8_t *image;
        size_t size;
        bool wide; /* ELFCLASS64 */
        uint64_t entry, segments_at, sections_at;
        unsigned segments, segment_size, sections, section_size;
};

static uint64_t get(const struct elf *elf, size_t at, unsigned bytes)
{
        uint64_t value = 0;

        for (unsigned i = 0; i < bytes; i++)
                value |= (uint64_t)elf->image[at + i] << (8 * i);
        return value;
}

/* A member that is 4 bytes wide in ELF32 and 8 in ELF64. */
#define WORD(elf, base, kind, member)                                       \
        ((elf)->wide ? get(elf, (base) + offsetof(Elf64_##kind, member), 8) \
                     : get(elf, (base) + offsetof(Elf32_##kind, member), 4))
#define FIXED(elf, base, kind, member, bytes)                            \
        get(elf,                                                         \
                (base) + ((elf)->wide ? offsetof(Elf64_##kind, member)   \
                                      : offsetof(Elf32_##kind, member)), \
                bytes)

static struct piece get_segment(const struct elf *elf, unsigned i)
{
        size_t at = elf->segments_at + (size_t)i * elf->segment_size;

        return (struct piece){
                .type = (uint32_t)get(elf, at, 4),
                .offset = WORD(elf, at, Phdr, p_offset),
                .file_size = WORD(elf, at, Phdr, p_filesz),
                .address = WORD(elf, at, Phdr, p_paddr),
                .memory_size = WORD(elf, at, Phdr, p_memsz),
                .type_at = at,
        };
}

static struct piece get_section(const struct elf *elf, unsigned i)
{
        size_t at = elf->sections_at + (size_t)i * elf->section_size;

        return (struct piece){
                .type = (uint32_t)get(elf, at + 4, 4),
                .offset = WORD(elf, at, Shdr, sh_offset),
                .file_size = WORD(elf, at, Shdr, sh_size),
                .type_at = at + 4,
        };
}

static bool table_fits(
        const struct elf *elf, uint64_t at, unsigned count, unsigned entry, unsigned expected)
{
        uint64_t bytes = (uint64_t)count * entry;

        return count == 0 || (entry == expected && at <= elf->size && bytes <= elf->size - at);
}

static void get_tables(struct elf *elf)
{
        elf->entry = WORD(elf, 0, Ehdr, e_entry);
        elf->segments_at = WORD(elf, 0, Ehdr, e_phoff);
        elf->sections_at = WORD(elf, 0, Ehdr, e_shoff);
        elf->segments = (unsigned)FIXED(elf, 0, Ehdr, e_phnum, 2);
        elf->segment_size = (unsigned)FIXED(elf, 0, Ehdr, e_phentsize, 2);
        elf->sections = (unsigned)FIXED(elf, 0, Ehdr, e_shnum, 2);
        elf->section_size = (unsigned)FIXED(elf, 0, Ehdr, e_shentsize, 2);
}

static const char *open_elf(const uint8_t *image, size_t size, struct elf *elf)
{
        unsigned type, machine;

        *elf = (struct elf){ .image = image, .size = size };
        if (size < sizeof(Elf64_Ehdr) || memcmp(image, ELFMAG, SELFMAG) != 0)
                return "is no ELF file";
        if (image[EI_DATA] != ELFDATA2LSB ||
                (image[EI_CLASS] != ELFCLASS32 && image[EI_CLASS] != ELFCLASS64))
                return "is an ELF file of an unknown class";
        elf->wide = image[EI_CLASS] == ELFCLASS64;
        type = (unsigned)FIXED(elf, 0, Ehdr, e_type, 2);
        machine = (unsigned)FIXED(elf, 0, Ehdr, e_machine, 2);
        if (type != ET_EXEC && type != ET_DYN)
                return "is an ELF file, but not executable";
        if (machine != EM_386 && machine != EM_X86_64)
                return "is not for x86";
        get_tables(elf);
        if (!table_fits(elf, elf->segments_at, elf->segments, elf->segment_size,
                    elf->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)))
                return "has a program header table that leaves the file";
        if (!table_fits(elf, elf->sections_at, elf->sections, elf->section_size,
                    elf->wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr)))
                return "has a section table that leaves the file";
        return NULL;
}

static bool in_file(const struct elf *elf, const struct piece *piece)
{
        return piece->offset <= elf->size && piece->file_size <= elf->size - piece->offset;
}

static const char *check_segments(const struct elf *elf)
{
        unsigned loaded = 0;

        for (unsigned i = 0; i < elf->segments; i++) {
                struct piece piece = get_segment(elf, i);

                if (piece.type != PT_LOAD)
                        continue;
                loaded++;
                if (!in_file(elf, &piece))
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
        size_t end = elf->size < MULTIBOOT2_SEARCH ? elf->size : MULTIBOOT2_SEARCH;

        for (size_t at = 0; at + 16 <= end; at += MULTIBOOT2_ALIGN) {
                uint32_t architecture, length, sum;

                if (get(elf, at, 4) != MULTIBOOT2_MAGIC)
                        continue;
                architecture = (uint32_t)get(elf, at + 4, 4);
                length = (uint32_t)get(elf, at + 8, 4);
                sum = MULTIBOOT2_MAGIC + architecture + length + (uint32_t)get(elf, at + 12, 4);
                if (sum != 0 || architecture != 0)
                        continue;
                return length <= elf->size - at ? NULL
                                                : "has a Multiboot2 header that is cut short";
        }
        return "has no Multiboot2 header in its first 32 KiB, which kexec needs (Xen 4.9 and "
               "later)";
}

static uint64_t aligned(uint64_t bytes)
{
        return (bytes + 3) & ~3ull;
}

/* kexec walks over all notes and gives up on one that leaves its place or has no proper name. */
static bool notes_are_good(const struct elf *elf, const struct piece *piece)
{
        uint64_t at = piece->offset, end;

        if (!in_file(elf, piece))
                return false;
        end = piece->offset + piece->file_size;
        while (at < end) {
                uint64_t name, room = end - at;

                if (room < sizeof(Elf32_Nhdr))
                        return false;
                name = get(elf, at, 4);
                room -= sizeof(Elf32_Nhdr);
                if (aligned(name) > room || aligned(get(elf, at + 4, 4)) > room - aligned(name))
                        return false;
                if (name > 0 && elf->image[at + sizeof(Elf32_Nhdr) + name - 1] != '\0')
                        return false;
                at += sizeof(Elf32_Nhdr) + aligned(name) + aligned(get(elf, at + 4, 4));
        }
        return true;
}

static bool all_notes_are_good(const struct elf *elf)
{
        for (unsigned i = 0; i < elf->segments; i++) {
                struct piece piece = get_segment(elf, i);

                if (piece.type == PT_NOTE && !notes_are_good(elf, &piece))
                        return false;
        }
        for (unsigned i = 0; i < elf->sections; i++) {
                struct piece piece = get_section(elf, i);

                if (piece.type == SHT_NOTE && !notes_are_good(elf, &piece))
                        return false;
        }
        return true;
}

const char *xenimage_check(const uint8_t *image, size_t size, enum xenimage_notes *ret_notes)
{
        struct elf elf;
        const char *problem = open_elf(image, size, &elf);

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

        if (open_elf(image, size, &elf))
                return;
        for (unsigned i = 0; i < elf.segments; i++) {
                struct piece piece = get_segment(&elf, i);

                if (piece.type == PT_NOTE)
                        memset(image + piece.type_at, 0, 4); /* PT_NULL */
        }
        for (unsigned i = 0; i < elf.sections; i++) {
                struct piece piece = get_section(&elf, i);

                if (piece.type == SHT_NOTE)
                        memset(image + piece.type_at, 0, 4); /* SHT_NULL */
        }
}
