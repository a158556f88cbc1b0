#include "dom0/xen/bootchoice.h"

#include <stdlib.h>
#include <string.h>

#include "dom0/base/memory.h"
#include "lib/cleanup.h"

#define DECIDE "decide with --entry and its title, its id or its place (\"1\", \"2>0\")"

#define MAX_NAMES 3u

/* Entries that start a Xen, each once: two that start the same are one. */
struct entries {
        const struct grub_entry **list; /* owned */
        size_t count;
};

static void entries_free(struct entries *entries)
{
        free(entries->list);
}

static bool has(const struct entries *entries, const struct grub_entry *entry)
{
        for (size_t i = 0; i < entries->count; i++)
                if (grub_entry_same(entries->list[i], entry))
                        return true;
        return false;
}

static void add(struct entries *entries, const struct grub_entry *entry)
{
        if (!has(entries, entry))
                entries->list[entries->count++] = entry;
}

static struct entries list_all(const struct grub_menu *menu)
{
        size_t count = grub_menu_list_xen(menu, NULL, 0);
        _cleanup_free_ const struct grub_entry **all = memory_get((count + 1) * sizeof(*all));
        struct entries entries = { memory_get((count + 1) * sizeof(*entries.list)), 0 };

        grub_menu_list_xen(menu, all, count);
        for (size_t i = 0; i < count; i++)
                add(&entries, all[i]);
        return entries;
}

/* Those of them that a condition holds for. */
static struct entries select_entries(const struct entries *from,
        bool (*holds)(const struct grub_entry *entry, const void *context), const void *context)
{
        struct entries entries = { memory_get((from->count + 1) * sizeof(*entries.list)), 0 };

        for (size_t i = 0; i < from->count; i++)
                if (holds(from->list[i], context))
                        entries.list[entries.count++] = from->list[i];
        return entries;
}

static bool runs_now(const struct grub_entry *entry, const void *context)
{
        return running_is(context, entry->xen.options, entry->modules[0].options);
}

static bool same_file(const struct grub_image *left, const struct grub_image *right)
{
        return strcmp(left->device, right->device) == 0 && strcmp(left->path, right->path) == 0;
}

static bool has_other_files(const struct grub_entry *entry, const void *context)
{
        const struct grub_entry *other = context;

        if (entry->module_count != other->module_count || !same_file(&entry->xen, &other->xen))
                return true;
        for (size_t i = 0; i < entry->module_count && i < GRUB_MAX_MODULES; i++)
                if (!same_file(&entry->modules[i], &other->modules[i]))
                        return true;
        return false;
}

struct evidence {
        const char *release; /* of the kernel that runs */
        const struct bootkernels *kernels;
};

static bool may_be_its_kernel(const struct grub_entry *entry, const void *context)
{
        const struct evidence *evidence = context;
        _cleanup_free_ char *release =
                evidence->kernels->release(evidence->kernels->context, entry);

        return !release || strcmp(release, evidence->release) == 0;
}

/* Those that may be what runs here. A kernel that none has was replaced since: it tells nothing. */
static struct entries find_running(
        const struct entries *all, const struct running *running, const struct bootkernels *kernels)
{
        struct evidence evidence = { running->release, kernels };
        _cleanup_(entries_free) struct entries seen = select_entries(all, runs_now, running);
        _cleanup_(entries_free) struct entries narrow = { 0 };

        if (running->release && seen.count > 1)
                narrow = select_entries(&seen, may_be_its_kernel, &evidence);
        return (struct entries){ TAKE_PTR(*(narrow.count > 0 ? &narrow.list : &seen.list)),
                narrow.count > 0 ? narrow.count : seen.count };
}

/* "A", "B" and "C"; of many the first, for a message has an end. */
static char *name_all(const struct entries *entries, const char *word)
{
        size_t shown = entries->count > MAX_NAMES ? MAX_NAMES : entries->count;
        char *text = memory_copy("");

        for (size_t i = 0; i < shown; i++) {
                _cleanup_free_ char *before = text;
                bool last = i > 0 && i + 1 == entries->count;

                text = memory_format("%s%s%s\"%.100s\"", before,
                        i == 0 ? ""
                        : last ? " "
                               : ", ",
                        last ? word : "", entries->list[i]->title);
        }
        if (shown < entries->count) {
                _cleanup_free_ char *before = text;

                text = memory_format("%s %s%zu more", before, word, entries->count - shown);
        }
        return text;
}

void bootchoice_remark(struct bootchoice *choice, char *text)
{
        choice->remarks =
                memory_grow(choice->remarks, choice->remarks_count, sizeof(*choice->remarks));
        choice->remarks[choice->remarks_count++] = text;
}

void bootchoice_free(struct bootchoice *choice)
{
        for (size_t i = 0; i < choice->remarks_count; i++)
                free(choice->remarks[i]);
        free(choice->remarks);
        free(choice->doubt);
        *choice = (struct bootchoice){ 0 };
}

/* --- the entry that a person has named --- */

/* All in the menu: two entries of one name may start the same, or not. `who` says that name. */
static bool take_named(const struct grub_menu *menu, const struct entries *all, const char *who,
        const char *name, struct bootchoice *choice, struct failure *error)
{
        size_t count = grub_menu_list_xen(menu, NULL, 0);
        _cleanup_free_ const struct grub_entry **each = memory_get((count + 1) * sizeof(*each));
        _cleanup_(entries_free) struct entries found = {
                memory_get((count + 1) * sizeof(*found.list)), 0
        };
        _cleanup_free_ char *titles = name_all(all, "and ");

        grub_menu_list_xen(menu, each, count);
        for (size_t i = 0; i < count; i++)
                if (grub_menu_is_named(menu, each[i], name))
                        add(&found, each[i]);
        if (found.count == 0)
                return fail(error, EXIT_FAIL,
                        "%s %s: no entry that starts Xen is called that; there are %s", who, name,
                        titles);
        if (found.count > 1)
                return fail(error, EXIT_FAIL,
                        "%s %s: %zu entries are called that, and they differ; name one by its "
                        "id or its place in the menu (\"1\", \"2>0\")",
                        who, name, found.count);
        choice->entry = found.list[0];
        return true;
}

/* --- what the host says --- */

/* What GRUB would start. */
struct next {
        const struct grub_entry *entry; /* NULL: the menu is empty */
        bool sure;
        bool is_xen;
        const char *unread; /* why it is not sure */
};

static struct next find_next(const struct grub_menu *menu)
{
        struct next next = { .unread = menu->unread };

        next.entry = grub_menu_default(menu, &next.sure);
        next.is_xen = next.entry && grub_entry_starts_xen(next.entry);
        if (!next.unread && next.entry && next.entry->elsewhere)
                next.unread = "its default entry hands on to what is not read here";
        if (!next.unread)
                next.unread = "its default starts with a digit, but is no number";
        return next;
}

static void remark_on_next(const struct next *next, struct bootchoice *choice)
{
        const char *why = choice->runs_now ? "which runs now" : "the first that does";

        if (!next->sure)
                bootchoice_remark(choice,
                        memory_format("GRUB's default entry cannot be told for certain (%s); the "
                                      "run ends in \"%s\"%s",
                                next->unread, choice->entry->title,
                                choice->runs_now ? ", which runs now" : ""));
        else if (!next->is_xen)
                bootchoice_remark(choice,
                        memory_format("GRUB's default entry does not start Xen; the run ends in "
                                      "\"%s\", %s",
                                choice->entry->title, why));
}

/* Nothing that runs here is in the menu: it was changed, or what runs cannot be told. */
static void choose_unseen(
        const struct next *next, const struct entries *all, struct bootchoice *choice)
{
        _cleanup_free_ char *titles = name_all(all, "or ");

        choice->entry = next->is_xen ? next->entry : all->list[0];
        if ((!next->is_xen || !next->sure) && all->count > 1)
                choice->doubt = memory_format(
                        "which entry the run shall end in cannot be told: none has the command "
                        "lines of what runs here, and GRUB's default %s%s%s; it may be %s: " DECIDE,
                        next->sure ? "does not start Xen" : "is not certain (",
                        next->sure ? "" : next->unread, next->sure ? "" : ")", titles);
}

/* Some entries have the lines of what runs here. */
static void choose_seen(
        const struct next *next, const struct entries *seen, struct bootchoice *choice)
{
        _cleanup_free_ char *titles = name_all(seen, "or ");

        choice->entry = seen->list[0];
        if (next->is_xen && has(seen, next->entry))
                choice->entry = next->entry;
        else if (next->is_xen)
                choice->doubt = memory_format(
                        "this host runs %s, whose command lines these are, and GRUB would start "
                        "\"%s\" at the next boot: " DECIDE,
                        titles, next->entry->title);
        else if (seen->count > 1)
                choice->doubt = memory_format(
                        "this host may run %s, which have the same command lines, and GRUB's "
                        "default is none of them: " DECIDE,
                        titles);
}

/* Whether the chosen entry is known to run here, or is only like what does. */
static void compare_with_running(const struct entries *seen, struct bootchoice *choice)
{
        _cleanup_(entries_free) struct entries others =
                select_entries(seen, has_other_files, choice->entry);
        _cleanup_free_ char *titles = name_all(&others, "and ");

        if (!has(seen, choice->entry))
                return;
        choice->runs_now = others.count == 0;
        if (!choice->runs_now && !choice->doubt)
                bootchoice_remark(choice,
                        memory_format("\"%s\" has the command lines of what runs here, but so has "
                                      "%s, with other files: which of them runs cannot be told",
                                choice->entry->title, titles));
}

static void remark_on_once(
        const struct grub_menu *menu, const struct next *next, struct bootchoice *choice)
{
        const struct grub_entry *once = grub_menu_once(menu);

        if (!once || once == choice->entry)
                return;
        bootchoice_remark(choice,
                memory_format("GRUB starts \"%s\" at its next boot, but once only (%s=%s in "
                              "grubenv); its default is \"%s\", and the run ends in \"%s\"",
                        once->title, menu->once.variable, menu->once.entry,
                        next->entry ? next->entry->title : "", choice->entry->title));
}

static bool check_any(const struct entries *all, const struct grub_menu *menu, const char *config,
        struct failure *error)
{
        return all->count > 0 ||
               fail(error, EXIT_FAIL,
                       "no entry of %s starts Xen (multiboot2 and module2 lines%s%s): install Xen, "
                       "or let GRUB start it",
                       config, menu->unread ? "; " : "", menu->unread ? menu->unread : "");
}

bool bootchoice_make(const struct grub_menu *menu, const char *config,
        const struct running *running, const struct bootkernels *kernels, const char *name,
        struct bootchoice *ret_choice, struct failure *ret_error)
{
        _cleanup_(entries_free) struct entries all = list_all(menu);
        _cleanup_(entries_free) struct entries seen = find_running(&all, running, kernels);
        struct next next = find_next(menu);
        struct bootchoice choice = { 0 };

        if (!check_any(&all, menu, config, ret_error))
                return false;
        if (name && !take_named(menu, &all, "--entry", name, &choice, ret_error))
                return false;
        if (!name && seen.count > 0)
                choose_seen(&next, &seen, &choice);
        else if (!name)
                choose_unseen(&next, &all, &choice);
        compare_with_running(&seen, &choice);
        if (!name && !choice.doubt)
                remark_on_next(&next, &choice);
        remark_on_once(menu, &next, &choice);
        *ret_choice = choice;
        return true;
}

/* A place stays where it is when entries come before it, and then it means another system. */
static bool check_place(
        const char *name, const struct grub_entry *entry, const char *title, struct failure *error)
{
        const char *step = strrchr(name, '>');

        step = step ? step + 1 : name;
        return step[strspn(step, "0123456789")] || !title || strcmp(entry->title, title) == 0 ||
               fail(error, EXIT_FAIL,
                       "--entry %s: that place in the menu has \"%.100s\" now, and had \"%.100s\" "
                       "when it was armed; name it by its title or its id",
                       name, entry->title, title);
}

bool bootchoice_follow(const struct grub_menu *menu, const char *config, const char *name,
        const char *title, struct bootchoice *ret_choice, struct failure *ret_error)
{
        _cleanup_(entries_free) struct entries all = list_all(menu);
        struct next next = find_next(menu);
        struct bootchoice choice = { .entry = next.entry };

        if (!check_any(&all, menu, config, ret_error))
                return false;
        if (name) {
                if (!take_named(menu, &all, "--entry", name, &choice, ret_error) ||
                        !check_place(name, choice.entry, title, ret_error))
                        return false;
        } else if (!next.sure || !next.is_xen) {
                if (!title)
                        return fail(ret_error, EXIT_FAIL,
                                "GRUB's default entry %s, and the one that was armed is not known",
                                next.sure ? "does not start Xen" : "cannot be told for certain");
                if (!take_named(menu, &all, "the entry that was armed,", title, &choice, ret_error))
                        return false;
        }
        *ret_choice = choice;
        return true;
}
