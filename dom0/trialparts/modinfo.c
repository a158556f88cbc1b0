#include "dom0/trialparts/modinfo.h"

#include <string.h>

#include "lib/elf.h"
#include "lib/text.h"

const char *modinfo_open(const void *module, size_t size, struct modinfo *ret_modinfo)
{
        struct elf_piece section;
        struct elf elf;
        const char *problem = elf_open_object(module, size, &elf);

        if (problem)
                return problem;
        if (!elf_find_section(&elf, ".modinfo", &section) || section.file_size == 0)
                return "is no kernel module: it has no section .modinfo";
        *ret_modinfo = (struct modinfo){ (const char *)elf.image + section.offset,
                (size_t)section.file_size };
        if (ret_modinfo->text[ret_modinfo->length - 1] != '\0')
                return "has a section .modinfo that does not end with a NUL";
        return NULL;
}

const char *modinfo_get(const struct modinfo *modinfo, const char *key, size_t index)
{
        const char *end = modinfo->text + modinfo->length, *rest;

        for (const char *at = modinfo->text; at < end; at += strlen(at) + 1)
                if (text_skip(at, key, &rest) && *rest == '=' && index-- == 0)
                        return rest + 1;
        return NULL;
}
