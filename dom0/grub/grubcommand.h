/* The commands of a GRUB script that matter to its menu, one at a time. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "dom0/grub/grubentry.h"
#include "dom0/grub/grubfiles.h"
#include "dom0/grub/grubvariables.h"

/* What a script has made so far. */
struct grub_state {
        json_t *variables, *exported; /* both from name to string; of `exported` only the names */
        const struct grub_files *files;
        struct grub_entry *entry; /* the one whose body is read, or a menu */
        struct grub_once once;
        bool status;  /* of the last command: it succeeded */
        char *unread; /* the first reason why what was read may not be what GRUB sees; NULL: none */
};

/*
 * Carries out one command; those that GRUB would load, draw or wait with are left out, and one that
 * is not known is noted as not followed. `line` and `file` (NULL: grub.cfg itself) are where it
 * stands.
 */
void grub_command_run(struct grub_state *state, char *const words[], size_t count, unsigned line,
        const char *file);

/* Whether GRUB has a command of this name, which then wins over a function. */
bool grub_command_is_known(const char *name);

/* Notes how a command went, for conditions and for $?. */
void grub_state_finish(struct grub_state *state, bool status);

/* Notes that what stands there is not followed: for the entry that is read, or for the menu. */
void grub_state_unread(struct grub_state *state, unsigned line, const char *file, const char *what);

/* The text of a file, as `source` finds it; NULL: there is none. Owned by the caller. */
char *grub_state_read(const struct grub_state *state, const char *path);
