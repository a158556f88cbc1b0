#include "initramfs/xen/xenfile.h"

#include <elf.h>
#include <string.h>

#include "initramfs/xen/multiboot.h"

#define HEADER_WITHIN 32768u /* Multiboot2 Specification 2.0, 3.1 */

/* Of both ELF classes, what matters. */
struct program {
        uint64_t offset, address, size, memory;
};

static bool has_multiboot_header(const uint8_t *file, size_t size)
{
        static const uint32_t magic = MULTIBOOT_HEADER_MAGIC;

        for (size_t i = 0; i + sizeof(magic) <= size && i < HEADER_WITHIN; i += 8)
                if (memcmp(file + i, &magic, sizeof(magic)) == 0)
                        return true;
        return false;
}

/* Number `i` of the program headers; false when it lies outside of the file, or is not to be
 * loaded. */
static bool read_program32(
        const uint8_t *file, size_t size, const Elf32_Ehdr *elf, size_t i, struct program *ret)
{
        uint64_t offset = elf->e_phoff + (uint64_t)i * sizeof(Elf32_Phdr);
        Elf32_Phdr header;

        if (offset > size || sizeof(header) > size - offset)
                return false;
        memcpy(&header, file + offset, sizeof(header));
        *ret = (struct program){ header.p_offset, header.p_paddr, header.p_filesz, header.p_memsz };
        return header.p_type == PT_LOAD;
}

static bool read_program64(
        const uint8_t *file, size_t size, const Elf64_Ehdr *elf, size_t i, struct program *ret)
{
        uint64_t offset;
        Elf64_Phdr header;

        if (__builtin_add_overflow(elf->e_phoff, (uint64_t)i * sizeof(header), &offset) ||
                offset > size || sizeof(header) > size - offset)
                return false;
        memcpy(&header, file + offset, sizeof(header));
        *ret = (struct program){ header.p_offset, header.p_paddr, header.p_filesz, header.p_memsz };
        return header.p_type == PT_LOAD;
}

/* The parts to load: how many there are, and the first. */
static size_t find_programs(
        const uint8_t *file, size_t size, bool wide, uint64_t *ret_entry, struct program *ret)
{
        struct program program;
        size_t count = 0;
        Elf32_Ehdr small;
        Elf64_Ehdr large;

        memcpy(&small, file, sizeof(small));
        memcpy(&large, file, sizeof(large));
        *ret_entry = wide ? large.e_entry : small.e_entry;
        for (size_t i = 0; i < (wide ? large.e_phnum : small.e_phnum); i++) {
                bool loads = wide ? read_program64(file, size, &large, i, &program)
                                  : read_program32(file, size, &small, i, &program);

                if (loads && count++ == 0)
                        *ret = program;
        }
        return count;
}

static const char *check_program(const struct program *program, uint64_t entry, size_t size)
{
        if (program->offset > size || program->size > size - program->offset)
                return "its contents lie outside of the file";
        if (program->memory < program->size || program->size == 0)
                return "it takes less memory than it has bytes";
        if (program->address > UINT32_MAX || program->memory > UINT32_MAX - program->address)
                return "it does not lie below 4 GiB";
        if (entry < program->address || entry >= program->address + program->size)
                return "its entry lies outside of it";
        return NULL;
}

const char *xenfile_read(const void *file, size_t size, struct xenfile *ret_xen)
{
        const uint8_t *bytes = file;
        struct program program = { 0 };
        const char *problem;
        uint64_t entry;
        bool wide;

        if (size < sizeof(Elf64_Ehdr) || memcmp(bytes, ELFMAG, SELFMAG) != 0)
                return "it is no ELF file";
        wide = bytes[EI_CLASS] == ELFCLASS64;
        if (!has_multiboot_header(bytes, size))
                return "it has no Multiboot2 header";
        if (find_programs(bytes, size, wide, &entry, &program) != 1)
                return "it has not exactly one part to load";
        problem = check_program(&program, entry, size);
        if (!problem)
                *ret_xen = (struct xenfile){
                        .bytes = bytes + program.offset,
                        .size = program.size,
                        .address = (uint32_t)program.address,
                        .memory = (uint32_t)program.memory,
                        .entry = (uint32_t)entry,
                };
        return problem;
}
