#include "dom0/grub/grubvariables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "lib/cleanup.h"
#include "lib/text.h"

#define SIGNATURE "# GRUB Environment Block\n"

void grub_variables_set(json_t *variables, const char *name, const char *value)
{
        json_object_set_new_nocheck(variables, name, json_stringn_nocheck(value, strlen(value)));
}

const char *grub_variables_get(const json_t *variables, const char *name)
{
        return get_text(variables, name);
}

void grub_variables_start(json_t *variables, const char *device, const char *folder)
{
        static const char *const features[] = { "chainloader_bpb", "ntldr", "platform_search_hint",
                "default_font_path", "all_video_module", "menuentry_id", "menuentry_options",
                "200_final", "nativedisk_cmd", "timeout_style" };
        _cleanup_free_ char *prefix = memory_format("(%s)%s", device, folder);

        for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
                char name[64];

                snprintf(name, sizeof(name), "feature_%s", features[i]);
                grub_variables_set(variables, name, "y");
        }
        grub_variables_set(variables, "grub_platform", "efi");
        grub_variables_set(variables, "grub_cpu", "x86_64");
        grub_variables_set(variables, "root", device);
        grub_variables_set(variables, "prefix", prefix);
        grub_variables_set(variables, "config_directory", prefix);
}

void grub_variables_drop(json_t *variables, const json_t *exported)
{
        static const char *const always[] = { "root", "prefix", "grub_cpu", "grub_platform",
                "config_directory", NULL };
        const char *name;
        json_t *value;
        void *next;

        json_object_foreach_safe(variables, next, name, value)
        {
                if (strncmp(name, "feature_", 8) != 0 && !text_is_one_of(name, always) &&
                        !json_object_get(exported, name))
                        json_object_del(variables, name);
        }
}

static bool is_wanted(const char *name, char *const names[], size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (strcmp(name, names[i]) == 0)
                        return true;
        return count == 0;
}

static void note_once(struct grub_once *once, const char *variable, const char *entry)
{
        if (!*entry || once->variable)
                return;
        once->variable = memory_copy(variable);
        once->entry = memory_copy(entry);
}

static void take(json_t *variables, const char *name, const char *value, struct grub_once *once)
{
        if (strcmp(name, "next_entry") == 0 || strcmp(name, "override_entry") == 0)
                note_once(once, name, value);
        else
                grub_variables_set(variables, name, value);
}

/* An old grub-reboot wrote the entry for one boot over saved_entry, and kept that beside it. */
static void undo_old_reboot(json_t *variables, struct grub_once *once)
{
        _cleanup_free_ char *before =
                memory_copy(grub_variables_get(variables, "prev_saved_entry"));

        if (!*before)
                return;
        note_once(once, "saved_entry", grub_variables_get(variables, "saved_entry"));
        grub_variables_set(variables, "saved_entry", before);
        grub_variables_set(variables, "prev_saved_entry", "");
}

/* Reads "name=value" up to the line's end; a backslash keeps the character behind it. */
static const char *read_line(const char *text, char *ret_line)
{
        while (*text && *text != '\n') {
                if (*text == '\\' && text[1])
                        text++;
                *ret_line++ = *text++;
        }
        *ret_line = '\0';
        return text + (*text == '\n');
}

bool grub_variables_load(json_t *variables, const char *environment, char *const names[],
        size_t count, struct grub_once *once)
{
        _cleanup_free_ char *line = memory_get(environment ? strlen(environment) + 1 : 1);

        if (!environment || strncmp(environment, SIGNATURE, strlen(SIGNATURE)) != 0)
                return false;
        while (*environment) {
                bool comment = *environment == '#';
                char *equals;

                environment = read_line(environment, line);
                equals = strchr(line, '=');
                if (comment || !equals)
                        continue;
                *equals = '\0';
                if (is_wanted(line, names, count))
                        take(variables, line, equals + 1, once);
        }
        undo_old_reboot(variables, once);
        return true;
}

void grub_once_free(struct grub_once *once)
{
        free(once->variable);
        free(once->entry);
        *once = (struct grub_once){ 0 };
}
