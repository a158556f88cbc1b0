/*
 * Which entry a run ends in. First comes what runs here now, which is known to boot; then what GRUB
 * would start next. Where the two say different things, a person has to decide. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dom0/base/failure.h"
#include "dom0/grub/grubmenu.h"
#include "dom0/xen/running.h"

struct bootchoice {
        const struct grub_entry *entry; /* of the menu */
        bool runs_now;                  /* its command lines are those of what runs here */
        char *doubt;    /* why it takes a person's word for the entry; owned; NULL: it does not */
        char **remarks; /* what a person should know of it, as sentences; owned */
        size_t remarks_count;
};

/*
 * `name`: an entry that a person has named (grub_menu_is_named), which is taken; or NULL. False
 * when it names none, or several that differ, or when no entry starts Xen. `config` is what the
 * menu was read from, for messages.
 */
bool bootchoice_make(const struct grub_menu *menu, const char *config,
        const struct running *running, const char *name, struct bootchoice *ret_choice,
        struct failure *ret_error);
void bootchoice_free(struct bootchoice *choice);

/* Takes over an owned sentence. */
void bootchoice_remark(struct bootchoice *choice, char *text);
