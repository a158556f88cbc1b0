#include "lib/elf.h"

#include <elf.h>
#include <string.h>

#define MULTIBOOT2_SEARCH 32768u /* bytes in which the header must lie */
#define MULTIBOOT2_ALIGN  8u

/* The member of a header of either class. */
#define OF(elf, header, member) ((elf)->wide ? (header).wide.member : (header).narrow.member)

static bool table_fits(
        const struct elf *elf, uint64_t at, unsigned count, size_t size, size_t expected)
{
        return count == 0 ||
               (size == expected && at <= elf->size && count * (uint64_t)size <= elf->size - at);
}

/* What is true of an object file and of a program. */
static const char *open_any(const void *image, size_t size, bool is_object, struct elf *ret_elf)
{
        struct elf elf = { .image = image, .size = size };
        union {
                Elf32_Ehdr narrow;
                Elf64_Ehdr wide;
        } header;

        if (size < sizeof(header) || memcmp(image, ELFMAG, SELFMAG) != 0)
                return "is no ELF file";
        memcpy(&header, image, sizeof(header));
        elf.wide = elf.image[EI_CLASS] == ELFCLASS64;
        if (elf.image[EI_DATA] != ELFDATA2LSB || (!elf.wide && elf.image[EI_CLASS] != ELFCLASS32))
                return "is an ELF file of an unknown class";
        if (is_object && header.wide.e_type != ET_REL) /* where it is in both */
                return "is an ELF file, but no object file";
        if (!is_object && header.wide.e_type != ET_EXEC && header.wide.e_type != ET_DYN)
                return "is an ELF file, but not executable";
        if (header.wide.e_machine != EM_386 && header.wide.e_machine != EM_X86_64)
                return "is not for x86";
        elf.entry = OF(&elf, header, e_entry);
        elf.segments_at = OF(&elf, header, e_phoff);
        elf.sections_at = OF(&elf, header, e_shoff);
        elf.segments = OF(&elf, header, e_phnum);
        elf.sections = OF(&elf, header, e_shnum);
        elf.names = OF(&elf, header, e_shstrndx);
        if (!table_fits(&elf, elf.segments_at, elf.segments, OF(&elf, header, e_phentsize),
                    elf.wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)))
                return "has a program header table that leaves the file";
        if (!table_fits(&elf, elf.sections_at, elf.sections, OF(&elf, header, e_shentsize),
                    elf.wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr)))
                return "has a section table that leaves the file";
        *ret_elf = elf;
        return NULL;
}

const char *elf_open(const void *image, size_t size, struct elf *ret_elf)
{
        return open_any(image, size, false, ret_elf);
}

const char *elf_open_object(const void *image, size_t size, struct elf *ret_elf)
{
        return open_any(image, size, true, ret_elf);
}

struct elf_piece elf_segment(const struct elf *elf, unsigned i)
{
        size_t size = elf->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
        size_t at = elf->segments_at + i * size;
        union {
                Elf32_Phdr narrow;
                Elf64_Phdr wide;
        } header;

        memcpy(&header, elf->image + at, size);
        return (struct elf_piece){
                .type = OF(elf, header, p_type),
                .offset = OF(elf, header, p_offset),
                .file_size = OF(elf, header, p_filesz),
                .address = OF(elf, header, p_paddr),
                .memory_size = OF(elf, header, p_memsz),
                .type_at = at + offsetof(Elf32_Phdr, p_type),
        };
}

struct elf_piece elf_section(const struct elf *elf, unsigned i)
{
        size_t size = elf->wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
        size_t at = elf->sections_at + i * size;
        union {
                Elf32_Shdr narrow;
                Elf64_Shdr wide;
        } header;

        memcpy(&header, elf->image + at, size);
        return (struct elf_piece){
                .type = OF(elf, header, sh_type),
                .offset = OF(elf, header, sh_offset),
                .file_size = OF(elf, header, sh_size),
                .type_at = at + offsetof(Elf32_Shdr, sh_type),
        };
}

/* Where its name stands among the names. */
static uint32_t section_name(const struct elf *elf, unsigned i)
{
        size_t size = elf->wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);

        return elf_number(elf, elf->sections_at + i * size + offsetof(Elf32_Shdr, sh_name));
}

bool elf_find_section(const struct elf *elf, const char *name, struct elf_piece *ret_section)
{
        size_t bytes = strlen(name) + 1;
        struct elf_piece names;

        if (elf->names >= elf->sections)
                return false;
        names = elf_section(elf, elf->names);
        if (!elf_holds(elf, &names))
                return false;
        for (unsigned i = 0; i < elf->sections; i++) {
                struct elf_piece piece = elf_section(elf, i);
                uint64_t at = section_name(elf, i);

                if (at > names.file_size || bytes > names.file_size - at ||
                        memcmp(elf->image + names.offset + at, name, bytes) != 0 ||
                        piece.type == SHT_NOBITS || !elf_holds(elf, &piece))
                        continue;
                *ret_section = piece;
                return true;
        }
        return false;
}

bool elf_holds(const struct elf *elf, const struct elf_piece *piece)
{
        return piece->offset <= elf->size && piece->file_size <= elf->size - piece->offset;
}

uint32_t elf_number(const struct elf *elf, uint64_t at)
{
        uint32_t number;

        memcpy(&number, elf->image + at, sizeof(number));
        return number;
}

bool elf_find_multiboot2(const struct elf *elf, size_t *ret_at)
{
        size_t end = elf->size < MULTIBOOT2_SEARCH ? elf->size : MULTIBOOT2_SEARCH;

        for (size_t at = 0; at + 16 <= end; at += MULTIBOOT2_ALIGN) {
                uint32_t magic = elf_number(elf, at), architecture = elf_number(elf, at + 4);
                uint32_t length = elf_number(elf, at + 8), sum = elf_number(elf, at + 12);

                if (magic != ELF_MULTIBOOT2_MAGIC || architecture != 0 ||
                        magic + architecture + length + sum != 0)
                        continue;
                *ret_at = at;
                return true;
        }
        return false;
}

bool elf_find_tag(const struct elf *elf, size_t at, unsigned type, size_t size, size_t *ret_tag)
{
        size_t length = elf_number(elf, at + 8), end;

        if (length > elf->size - at)
                return false;
        end = at + length;
        for (size_t tag = at + 16; tag + 8 <= end;) {
                unsigned its_type = elf_number(elf, tag) & 0xffff;
                size_t its_size = elf_number(elf, tag + 4);

                if (its_size < 8 || its_size > end - tag || its_type == 0)
                        return false;
                if (its_type == type && its_size >= size) {
                        *ret_tag = tag;
                        return true;
                }
                tag += (its_size + 7) & ~(size_t)7;
        }
        return false;
}
