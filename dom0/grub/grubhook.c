#include "dom0/grub/grubhook.h"

#include <stdio.h>
#include <string.h>

#include "dom0/base/memory.h"
#include "lib/cleanup.h"

#define FIRST "### forestage: begin (put here by \"forestage install\")\n"
#define LAST  "### forestage: end\n"

char *grubhook_lines(const char *uuid)
{
        char search[128];

        if (*uuid)
                snprintf(search, sizeof(search), "--fs-uuid --set=forestage %s", uuid);
        else
                snprintf(search, sizeof(search),
                        "--file --set=forestage /EFI/forestage/forestage.efi");
        /* GRUB tells the program that its device is $root, whatever device the file is on. */
        return memory_format(FIRST "if [ \"$grub_platform\" = efi ]; then\n"
                                   "\tinsmod part_gpt\n"
                                   "\tinsmod fat\n"
                                   "\tinsmod chain\n"
                                   "\tsearch --no-floppy %s\n"
                                   "\tif [ -n \"$forestage\" ]; then\n"
                                   "\t\tif [ -f \"($forestage)/EFI/forestage/order\" ]; then\n"
                                   "\t\t\tset forestage_root=\"$root\"\n"
                                   "\t\t\tset root=\"$forestage\"\n"
                                   "\t\t\tchainloader /EFI/forestage/forestage.efi return\n"
                                   "\t\t\tboot\n"
                                   "\t\t\tset root=\"$forestage_root\"\n"
                                   "\t\tfi\n"
                                   "\tfi\n"
                                   "fi\n" LAST,
                search);
}

char *grubhook_generator(const char *uuid)
{
        _cleanup_free_ char *lines = grubhook_lines(uuid);

        return memory_format("#!/bin/sh\nset -e\ncat <<'EOF'\n%sEOF\n", lines);
}

bool grubhook_is_in(const char *config)
{
        const char *first = strstr(config, FIRST);

        return first && strstr(first, LAST);
}

char *grubhook_insert(const char *config, const char *lines)
{
        return memory_format("%s%s", lines, config);
}

char *grubhook_remove(const char *config)
{
        const char *first = strstr(config, FIRST);
        const char *last = first ? strstr(first, LAST) : NULL;

        if (!last)
                return NULL;
        return memory_format("%.*s%s", (int)(first - config), config, last + sizeof(LAST) - 1);
}
