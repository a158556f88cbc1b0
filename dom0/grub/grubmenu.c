#include "dom0/grub/grubmenu.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/memory.h"
#include "dom0/grub/grubscript.h"
#include "lib/cleanup.h"

void grub_menu_read(const char *text, const struct grub_files *files, struct grub_menu *ret_menu)
{
        struct grub_script script;

        *ret_menu = (struct grub_menu){ .top = { .submenu = true } };
        grub_script_run(&script, text, files, &ret_menu->top);
        ret_menu->default_entry =
                memory_copy(grub_variables_get(script.state.variables, "default"));
        ret_menu->once = script.state.once;
        script.state.once = (struct grub_once){ 0 };
        ret_menu->unread = TAKE_PTR(script.state.unread);
        grub_script_free(&script);
}

void grub_menu_free(struct grub_menu *menu)
{
        grub_entry_free(&menu->top);
        free(menu->default_entry);
        grub_once_free(&menu->once);
        free(menu->unread);
        *menu = (struct grub_menu){ 0 };
}

/* One step of "Advanced>1": up to a `>` that is not doubled. Owned; `*name` moves behind it. */
static char *take_step(const char **name)
{
        const char *at = *name;
        char *step = memory_get(strlen(at) + 1), *out = step;

        for (; *at && (*at != '>' || at[1] == '>'); at++) {
                at += *at == '>';
                *out++ = *at;
        }
        *name = at + (*at == '>');
        return step;
}

static const struct grub_entry *find_text(const struct grub_entry *menu, const char *text)
{
        for (size_t i = 0; i < menu->children_count; i++) {
                const struct grub_entry *child = &menu->children[i];

                if (strcmp(child->title, text) == 0 || (child->id && strcmp(child->id, text) == 0))
                        return child;
        }
        return NULL;
}

/*
 * The child that one step means: a number, blanks before it or not, else a title or an id. What
 * only starts with digits is a number to GRUB as it is published, and a title to some
 * distributions'. NULL: none.
 */
static const struct grub_entry *find_child(
        const struct grub_entry *menu, const char *text, bool *ret_sure)
{
        const struct grub_entry *named = find_text(menu, text);
        char *end;
        unsigned long number = strtoul(text, &end, 0);
        bool digits = isdigit((unsigned char)text[strspn(text, " \t\n\v\f\r")]);

        *ret_sure = !digits || *end == '\0';
        if (!digits || (*end && named))
                return named;
        return number < menu->children_count ? &menu->children[number] : NULL;
}

/*
 * Follows `name` into submenus; where it means nothing, the first entry counts. What GRUB starts by
 * itself is what a submenu says of its own entries.
 */
static const struct grub_entry *follow(
        const struct grub_menu *menu, const char *name, bool *ret_sure)
{
        const struct grub_entry *entry = &menu->top;

        while (entry && entry->submenu) {
                _cleanup_free_ char *step = take_step(&name);
                const struct grub_entry *found;
                bool sure;

                found = find_child(entry, step, &sure);
                *ret_sure &= sure;
                if (!found && entry->children_count > 0)
                        found = entry->children;
                entry = found;
                if (entry && entry->default_entry)
                        name = entry->default_entry;
        }
        return entry;
}

const struct grub_entry *grub_menu_default(const struct grub_menu *menu, bool *ret_sure)
{
        const struct grub_entry *entry;

        *ret_sure = !menu->unread;
        entry = follow(menu, menu->default_entry, ret_sure);
        *ret_sure &= !entry || !entry->elsewhere;
        return entry;
}

const struct grub_entry *grub_menu_once(const struct grub_menu *menu)
{
        bool sure = true;

        return menu->once.entry ? follow(menu, menu->once.entry, &sure) : NULL;
}

static size_t list_xen(const struct grub_entry *entry, const struct grub_entry *ret_entries[],
        size_t room, size_t count)
{
        if (grub_entry_starts_xen(entry)) {
                if (count < room)
                        ret_entries[count] = entry;
                count++;
        }
        for (size_t i = 0; i < entry->children_count; i++)
                count = list_xen(&entry->children[i], ret_entries, room, count);
        return count;
}

size_t grub_menu_list_xen(
        const struct grub_menu *menu, const struct grub_entry *ret_entries[], size_t room)
{
        return list_xen(&menu->top, ret_entries, room, 0);
}

/* A number as GRUB takes one, with nothing behind it. */
static bool is_number(const char *text, size_t *ret_number)
{
        char *end;
        bool digit = *text >= '0' && *text <= '9';

        *ret_number = strtoul(text, &end, 0);
        return digit && *end == '\0';
}

static bool is_called(const struct grub_entry *entry, const char *name)
{
        return strcmp(entry->title, name) == 0 || (entry->id && strcmp(entry->id, name) == 0);
}

/*
 * Whether the way `name` ends at the entry. What a person writes is taken by the letter, unlike
 * GRUB's default: it is a whole number, title or id at each step, and no step leads into nothing.
 */
static bool leads_to(
        const struct grub_entry *menu, const char *name, const struct grub_entry *entry)
{
        const char *rest = name;
        _cleanup_free_ char *step = take_step(&rest);
        size_t number;
        bool numbered = is_number(step, &number);

        for (size_t i = 0; i < menu->children_count; i++) {
                const struct grub_entry *child = &menu->children[i];

                if ((numbered && number == i) || is_called(child, step))
                        if (*rest ? child->submenu && leads_to(child, rest, entry) : child == entry)
                                return true;
        }
        return false;
}

bool grub_menu_is_named(
        const struct grub_menu *menu, const struct grub_entry *entry, const char *name)
{
        const char *end = name + strlen(name), *last = end;

        while (last > name && last[-1] == '>')
                last--;
        return is_called(entry, name) ||
               ((end - last) % 2 == 0 && leads_to(&menu->top, name, entry)); /* no step is empty */
}
