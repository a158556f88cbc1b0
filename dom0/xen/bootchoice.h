/*
 * Which entry a run ends in. First comes what runs here now, which is known to boot; then what GRUB
 * would start next. Where the two say different things, a person has to decide. What runs is told
 * by its command lines and, where entries with different files have these, by its kernel. Pure, but
 * for what it asks of a kernel.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dom0/base/failure.h"
#include "dom0/grub/grubmenu.h"
#include "dom0/xen/running.h"

struct bootchoice {
        const struct grub_entry *entry; /* of the menu */
        bool runs_now;  /* its command lines are those of what runs here, and no other files' */
        char *doubt;    /* why it takes a person's word for the entry; owned; NULL: it does not */
        char **remarks; /* what a person should know of it, as sentences; owned */
        size_t remarks_count;
};

/* The kernel file of an entry: what tells entries apart that have the same command lines. */
struct bootkernels {
        void *context;
        char *(*release)(void *context, const struct grub_entry *entry); /* owned; NULL: unknown */
};

/*
 * `name`: an entry that a person has named (grub_menu_is_named), which is taken; or NULL. False
 * when it names none, or several that differ, or when no entry starts Xen. `config` is what the
 * menu was read from, for messages.
 */
bool bootchoice_make(const struct grub_menu *menu, const char *config,
        const struct running *running, const struct bootkernels *kernels, const char *name,
        struct bootchoice *ret_choice, struct failure *ret_error);

/*
 * What the host boots next, for an order that follows it, whatever runs here now: the entry that a
 * person has named, or GRUB's default, if that is certain and starts Xen. Else it stays with the
 * one of the title that it was armed with; NULL: that is not known. False when there is none of
 * that name, or several that differ, or its place in the menu has an entry of another title now.
 */
bool bootchoice_follow(const struct grub_menu *menu, const char *config, const char *name,
        const char *title, struct bootchoice *ret_choice, struct failure *ret_error);
void bootchoice_free(struct bootchoice *choice);

/* Takes over an owned sentence. */
void bootchoice_remark(struct bootchoice *choice, char *text);
