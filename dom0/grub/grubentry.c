#include "dom0/grub/grubentry.h"

#include <stdlib.h>
#include <string.h>

#include "dom0/base/memory.h"

static void replace(char **text, char *fresh)
{
        free(*text);
        *text = fresh;
}

/* Whether it is "--name" or "--name=value"; `*ret_value` is set for the second. */
static bool is_option(const char *word, const char *name, const char **ret_value)
{
        size_t length = strlen(name);

        if (strncmp(word, name, length) != 0 || (word[length] && word[length] != '='))
                return false;
        if (word[length])
                *ret_value = word + length + 1;
        return true;
}

static void add_parameter(struct grub_entry *entry, const char *word)
{
        entry->parameters =
                memory_grow(entry->parameters, entry->parameters_count, sizeof(*entry->parameters));
        entry->parameters[entry->parameters_count++] = memory_copy(word);
}

void grub_entry_name(struct grub_entry *entry, char *const words[], size_t count)
{
        const char *value = "";

        for (size_t i = 1; i < count; i++) {
                bool is_id = is_option(words[i], "--id", &value);

                if (strcmp(words[i], "--unrestricted") == 0)
                        continue;
                if (strncmp(words[i], "--", 2) != 0) {
                        add_parameter(entry, words[i]);
                        continue;
                }
                if (!strchr(words[i], '=') && i + 1 < count)
                        value = words[++i];
                if (is_id)
                        replace(&entry->id, memory_copy(value));
        }
        if (entry->parameters_count == 0)
                add_parameter(entry, "");
        entry->title = memory_copy(entry->parameters[0]);
}

/* Whether GRUB puts quotes around a word of a command line. */
static bool needs_quotes(const char *word)
{
        return word[strcspn(word, " \t'\"")] != '\0' || *word == '\0';
}

/* The words from `first` on as one command line, as GRUB hands it to a multiboot kernel. */
static char *join(char *const words[], size_t first, size_t count)
{
        size_t size = 1, at = 0;
        char *line;

        for (size_t i = first; i < count; i++)
                size += 2 * strlen(words[i]) + 3;
        line = memory_get(size);
        for (size_t i = first; i < count; i++) {
                bool quotes = needs_quotes(words[i]);

                if (i > first)
                        line[at++] = ' ';
                if (quotes)
                        line[at++] = '"';
                for (const char *c = words[i]; *c; c++) {
                        if (*c == '"' || *c == '\\')
                                line[at++] = '\\';
                        line[at++] = *c;
                }
                if (quotes)
                        line[at++] = '"';
        }
        return line;
}

static void free_image(struct grub_image *image)
{
        free(image->device);
        free(image->path);
        free(image->options);
        *image = (struct grub_image){ 0 };
}

const char *grub_path_split(const char *word, const char *root, char **ret_device)
{
        const char *end = *word == '(' ? strchr(word, ')') : NULL;

        *ret_device =
                end ? memory_copy_text(word + 1, (size_t)(end - word) - 1) : memory_copy(root);
        return end ? end + 1 : word;
}

/*
 * Debian puts the word "placeholder" first, because an old GRUB dropped one; it means nothing.
 * False: the command names no file.
 */
static bool take_image(
        struct grub_image *image, char *const words[], size_t count, const char *root)
{
        size_t i = 1;

        while (i < count && strncmp(words[i], "--", 2) == 0)
                i++;
        if (i == count)
                return false;
        free_image(image);
        image->path = memory_copy(grub_path_split(words[i], root, &image->device));
        i++;
        if (i < count && strcmp(words[i], "placeholder") == 0)
                i++;
        image->options = join(words, i, count);
        return true;
}

static void drop_modules(struct grub_entry *entry)
{
        for (size_t i = 0; i < GRUB_MAX_MODULES; i++)
                free_image(&entry->modules[i]);
        entry->module_count = 0;
}

void grub_entry_take_xen(
        struct grub_entry *entry, char *const words[], size_t count, const char *root)
{
        if (take_image(&entry->xen, words, count, root))
                drop_modules(entry);
}

void grub_entry_take_module(
        struct grub_entry *entry, char *const words[], size_t count, const char *root)
{
        if (entry->module_count >= GRUB_MAX_MODULES)
                entry->module_count++;
        else if (take_image(&entry->modules[entry->module_count], words, count, root))
                entry->module_count++;
}

bool grub_entry_starts_xen(const struct grub_entry *entry)
{
        return entry->xen.path && entry->module_count > 0;
}

static bool same_image(const struct grub_image *left, const struct grub_image *right)
{
        return strcmp(left->device, right->device) == 0 && strcmp(left->path, right->path) == 0 &&
               strcmp(left->options, right->options) == 0;
}

bool grub_entry_same(const struct grub_entry *left, const struct grub_entry *right)
{
        if (left == right)
                return true;
        if (!left->xen.path || !right->xen.path || left->module_count != right->module_count ||
                left->elsewhere != right->elsewhere || !same_image(&left->xen, &right->xen))
                return false;
        for (size_t i = 0; i < left->module_count && i < GRUB_MAX_MODULES; i++)
                if (!same_image(&left->modules[i], &right->modules[i]))
                        return false;
        return true;
}

void grub_entry_free(struct grub_entry *entry)
{
        for (size_t i = 0; i < entry->children_count; i++)
                grub_entry_free(&entry->children[i]);
        free(entry->children);
        for (size_t i = 0; i < entry->parameters_count; i++)
                free(entry->parameters[i]);
        free(entry->parameters);
        free(entry->default_entry);
        free(entry->title);
        free(entry->id);
        free(entry->file);
        free_image(&entry->xen);
        drop_modules(entry);
        *entry = (struct grub_entry){ 0 };
}
