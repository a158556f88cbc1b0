#include "tests/unit/dom0/kernelmodule.h"

#include <elf.h>
#include <string.h>

#define INFO_AT     512u
#define NAMES_AT    256u
#define SECTIONS_AT 1024u

static const char names[] = "\0.modinfo\0.names";

void kernelmodule_make(uint8_t *file, const char *info)
{
        size_t length = info ? strlen(info) + 1 : 0;
        const Elf64_Ehdr head = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1 },
                .e_type = ET_REL,
                .e_machine = EM_X86_64,
                .e_shoff = SECTIONS_AT,
                .e_shentsize = sizeof(Elf64_Shdr),
                .e_shnum = 3,
                .e_shstrndx = 2 };
        const Elf64_Shdr sections[3] = {
                { 0 },
                { .sh_name = info ? 1 : 10,
                        .sh_type = SHT_PROGBITS,
                        .sh_offset = INFO_AT,
                        .sh_size = length },
                { .sh_name = 10,
                        .sh_type = SHT_STRTAB,
                        .sh_offset = NAMES_AT,
                        .sh_size = sizeof(names) },
        };

        memset(file, 0, KERNELMODULE_BYTES);
        memcpy(file, &head, sizeof(head));
        memcpy(file + NAMES_AT, names, sizeof(names));
        memcpy(file + SECTIONS_AT, sections, sizeof(sections));
        for (size_t i = 0; i + 1 < length; i++)
                file[INFO_AT + i] = info[i] == '\n' ? '\0' : (uint8_t)info[i];
}
