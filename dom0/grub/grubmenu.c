#include "dom0/grub/grubmenu.h"

#include <stdlib.h>
#include <string.h>

#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/grub/grubtest.h"
#include "dom0/grub/grubvariables.h"
#include "dom0/grub/grubwords.h"
#include "lib/cleanup.h"
#include "lib/text.h"

#define MAX_DEPTH   64u
#define MAX_ENTRIES 4096u

/* The script as it is followed. */
struct script {
        struct grub_words words;
        json_t *variables;
        const char *environment;
        struct grub_entry *entry; /* the one whose body is read, or a menu */
        unsigned depth;
        size_t entries;
};

/* "name=value" */
static void assign(struct script *script, const char *word)
{
        const char *equals = strchr(word, '=');
        _cleanup_free_ char *name =
                equals ? memory_copy_text(word, (size_t)(equals - word)) : memory_copy("");

        if (*name)
                grub_variables_set(script->variables, name, equals + 1);
}

static bool is_assignment(const char *word)
{
        size_t name = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789_");

        return name > 0 && word[name] == '=';
}

static void replace(char **text, char *fresh)
{
        free(*text);
        *text = fresh;
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

/*
 * A file and its command line, from the words of multiboot2 or module2. Debian puts the word
 * "placeholder" first, because an old GRUB dropped one; it means nothing.
 */
static void take_image(struct script *script, char **ret_file, char **ret_options)
{
        char *const *words = script->words.word;
        size_t count = script->words.count, i = 1;

        while (i < count && strncmp(words[i], "--", 2) == 0)
                i++;
        if (i == count)
                return;
        replace(ret_file, memory_copy(words[i]));
        i++;
        if (i < count && strcmp(words[i], "placeholder") == 0)
                i++;
        replace(ret_options, join(words, i, count));
}

static void take_module(struct script *script)
{
        struct grub_entry *entry = script->entry;
        _cleanup_free_ char *options = NULL;

        if (!entry->kernel)
                take_image(script, &entry->kernel, &entry->kernel_options);
        else if (!entry->initrd)
                take_image(script, &entry->initrd, &options);
        else
                entry->more_modules++;
}

static void take_command(struct script *script)
{
        char *const *words = script->words.word;
        size_t count = script->words.count;
        struct grub_entry *entry = script->entry;

        if (count == 0)
                return;
        if (strcmp(words[0], "set") == 0 && count > 1)
                assign(script, words[1]);
        else if (is_assignment(words[0]))
                assign(script, words[0]);
        else if (strcmp(words[0], "load_env") == 0)
                grub_variables_load(script->variables, script->environment);
        else if (entry->submenu)
                return; /* no image can be loaded from the menu itself */
        else if (strcmp(words[0], "multiboot2") == 0 || strcmp(words[0], "multiboot") == 0) {
                entry->multiboot1 = words[0][9] == '\0';
                take_image(script, &entry->xen, &entry->xen_options);
        } else if (strcmp(words[0], "module2") == 0 || strcmp(words[0], "module") == 0)
                take_module(script);
}

static void read_block(struct script *script, bool active, const char *const ends[]);

static struct grub_entry *add_entry(struct script *script, bool submenu)
{
        struct grub_entry *menu = script->entry, *entry;

        menu->children = memory_grow(menu->children, menu->children_count, sizeof(*menu->children));
        entry = &menu->children[menu->children_count++];
        *entry = (struct grub_entry){ .submenu = submenu, .line = script->words.line };
        script->entries++;
        return entry;
}

/* Title and id, from "menuentry TITLE --class x --id ID". */
static void name_entry(const struct script *script, struct grub_entry *entry)
{
        char *const *words = script->words.word;
        size_t count = script->words.count;

        for (size_t i = 1; i < count; i++) {
                bool is_id = strcmp(words[i], "--id") == 0;

                if (strcmp(words[i], "--unrestricted") == 0)
                        continue;
                if (strncmp(words[i], "--", 2) == 0) {
                        if (!strchr(words[i], '='))
                                i++;
                        if (is_id && i < count)
                                replace(&entry->id, memory_copy(words[i]));
                } else if (!entry->title) {
                        entry->title = memory_copy(words[i]);
                }
        }
        if (!entry->title)
                entry->title = memory_copy("");
}

/* The block of menuentry, submenu or function: from its { to its }. */
static void read_body(struct script *script, bool active)
{
        static const char *const none[] = { NULL };

        if (grub_words_next(&script->words) == GRUB_OPEN)
                read_block(script, active, none);
}

static void read_entry(struct script *script, bool active)
{
        bool submenu = strcmp(script->words.word[0], "submenu") == 0;
        struct grub_entry *menu = script->entry;

        if (!active || !menu->submenu || script->entries >= MAX_ENTRIES) {
                read_body(script, false);
                return;
        }
        script->entry = add_entry(script, submenu);
        name_entry(script, script->entry);
        read_body(script, true);
        script->entry = menu;
}

/* if CONDITION; then … elif CONDITION; then … else … fi; the `if` has been read. */
static void read_if(struct script *script, bool active)
{
        static const char *const ends[] = { "elif", "else", "fi", NULL };
        bool taken = false;

        for (;;) {
                bool holds = false;

                if (grub_words_next(&script->words) == GRUB_COMMAND)
                        holds = grub_test(script->words.word, script->words.count);
                grub_words_next(&script->words); /* then */
                read_block(script, active && holds && !taken, ends);
                taken |= holds;
                if (script->words.count == 0 || strcmp(script->words.word[0], "elif") != 0)
                        break;
        }
        if (script->words.count > 0 && strcmp(script->words.word[0], "else") == 0)
                read_block(script, active && !taken, ends);
}

/* Loops are not followed: nothing that a menu is made of has them. */
static void read_keyword(struct script *script, bool active)
{
        static const char *const done[] = { "done", NULL };
        const char *word = script->words.word[0];

        if (strcmp(word, "if") == 0) {
                read_if(script, active);
        } else if (strcmp(word, "function") == 0) {
                grub_words_next(&script->words); /* its name */
                read_body(script, false);
        } else if (strcmp(word, "for") == 0 || strcmp(word, "while") == 0 ||
                   strcmp(word, "until") == 0) {
                read_block(script, false, done);
        }
}

static bool is_entry(const struct grub_words *words)
{
        return words->count > 0 &&
               (strcmp(words->word[0], "menuentry") == 0 || strcmp(words->word[0], "submenu") == 0);
}

/* Follows the script up to a }, one of the keywords `ends`, or its end. */
static void read_block(struct script *script, bool active, const char *const ends[])
{
        static const char *const none[] = { NULL };
        enum grub_piece piece;

        if (++script->depth > MAX_DEPTH)
                active = false;
        while ((piece = grub_words_next(&script->words)) != GRUB_END && piece != GRUB_CLOSE) {
                if (script->depth > MAX_DEPTH)
                        continue;
                if (piece == GRUB_OPEN)
                        read_block(script, active, none);
                else if (piece == GRUB_KEYWORD && text_is_one_of(script->words.word[0], ends))
                        break;
                else if (piece == GRUB_KEYWORD)
                        read_keyword(script, active);
                else if (is_entry(&script->words))
                        read_entry(script, active);
                else if (active)
                        take_command(script);
        }
        script->depth--;
}

void grub_menu_read(const char *text, const char *environment, struct grub_menu *ret_menu)
{
        static const char *const none[] = { NULL };
        struct script script = { .variables = json_object(), .environment = environment };

        *ret_menu = (struct grub_menu){ .top = { .submenu = true } };
        script.entry = &ret_menu->top;
        grub_variables_start(script.variables);
        grub_words_open(text, script.variables, &script.words);
        while (*script.words.at)
                read_block(&script, true, none);
        grub_words_close(&script.words);
        ret_menu->default_entry = memory_copy(get_string(script.variables, "default"));
        json_decref(script.variables);
}

static void free_entry(struct grub_entry *entry)
{
        char *const texts[] = { entry->title, entry->id, entry->xen, entry->xen_options,
                entry->kernel, entry->kernel_options, entry->initrd };

        for (size_t i = 0; i < entry->children_count; i++)
                free_entry(&entry->children[i]);
        free(entry->children);
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
                free(texts[i]);
}

void grub_menu_free(struct grub_menu *menu)
{
        free_entry(&menu->top);
        free(menu->default_entry);
        *menu = (struct grub_menu){ 0 };
}

/* The child that `name` (`length` bytes) means: a number, a title or an id; the first otherwise. */
static const struct grub_entry *find_child(
        const struct grub_entry *menu, const char *name, size_t length)
{
        _cleanup_free_ char *text = memory_copy_text(name, length);
        char *end;
        unsigned long number = strtoul(text, &end, 10);
        bool is_number = *text && *end == '\0';

        for (size_t i = 0; i < menu->children_count; i++) {
                const struct grub_entry *child = &menu->children[i];

                if (is_number ? i == number
                              : strcmp(child->title, text) == 0 ||
                                        (child->id && strcmp(child->id, text) == 0))
                        return child;
        }
        return menu->children;
}

const struct grub_entry *grub_menu_default(const struct grub_menu *menu)
{
        const struct grub_entry *entry = &menu->top;
        const char *name = menu->default_entry;

        while (entry && entry->submenu) {
                size_t length = strcspn(name, ">");

                if (entry->children_count == 0)
                        return NULL;
                entry = find_child(entry, name, length);
                name += length;
                name += *name == '>';
        }
        return entry;
}

static const struct grub_entry *first_xen(const struct grub_entry *entry)
{
        const struct grub_entry *found = NULL;

        if (entry->xen && entry->kernel)
                return entry;
        for (size_t i = 0; i < entry->children_count && !found; i++)
                found = first_xen(&entry->children[i]);
        return found;
}

const struct grub_entry *grub_menu_first_xen(const struct grub_menu *menu)
{
        return first_xen(&menu->top);
}
