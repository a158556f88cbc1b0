#include "dom0/grub/grubvariables.h"

#include <stdio.h>
#include <string.h>

#include "dom0/base/memory.h"
#include "lib/cleanup.h"

void grub_variables_set(json_t *variables, const char *name, const char *value)
{
        json_object_set_new_nocheck(variables, name, json_stringn_nocheck(value, strlen(value)));
}

void grub_variables_start(json_t *variables)
{
        static const char *const features[] = { "chainloader_bpb", "ntldr", "platform_search_hint",
                "default_font_path", "all_video_module", "menuentry_id", "menuentry_options",
                "200_final", "nativedisk_cmd", "timeout_style" };

        for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
                char name[64];

                snprintf(name, sizeof(name), "feature_%s", features[i]);
                grub_variables_set(variables, name, "y");
        }
        grub_variables_set(variables, "grub_platform", "efi");
        grub_variables_set(variables, "grub_cpu", "x86_64");
        grub_variables_set(variables, "prefix", "/boot/grub");
}

/* "name=value", `length` bytes; anything else is skipped. */
static void load_line(json_t *variables, const char *line, size_t length)
{
        const char *equals = memchr(line, '=', length);
        _cleanup_free_ char *text = memory_copy_text(line, length);

        if (length == 0 || *line == '#' || !equals)
                return;
        text[equals - line] = '\0';
        if (strcmp(text, "next_entry") != 0)
                grub_variables_set(variables, text, text + (equals - line) + 1);
}

void grub_variables_load(json_t *variables, const char *environment)
{
        while (environment && *environment) {
                size_t length = strcspn(environment, "\n");

                load_line(variables, environment, length);
                environment += length;
                environment += *environment == '\n';
        }
}
