/*
 * A GRUB script followed as GRUB follows it (grub-core/script): blocks, conditions, functions,
 * other files; then each entry's body, with the variables as the whole script has left them. Pure:
 * files are the caller's (dom0/grub/grubfiles.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dom0/grub/grubcommand.h"
#include "dom0/grub/grubentry.h"
#include "dom0/grub/grubfiles.h"
#include "dom0/grub/grubwords.h"

struct grub_function {
        char *name; /* owned */
        struct grub_place body;
};

struct grub_script {
        struct grub_state state;
        struct grub_words words;
        const char *file; /* that the words are of; NULL: grub.cfg itself */
        char **texts;     /* of all files that were read, and their paths; owned */
        size_t texts_count;
        struct grub_function *functions;
        size_t functions_count;
        unsigned depth, calls; /* blocks, and the bodies of functions and entries, around it */
        size_t entries, steps;
        unsigned loops;                                          /* around it */
        enum { GRUB_GOES_ON, GRUB_BREAKS, GRUB_CONTINUES } loop; /* what the innermost is to do */
        bool left;                                               /* the function was left early */
        bool ended; /* another configuration has taken over, or it went on for too long */
};

/* Follows `text`, a whole grub.cfg, and fills `menu`, which starts empty. */
void grub_script_run(struct grub_script *script, const char *text, const struct grub_files *files,
        struct grub_entry *menu);
void grub_script_free(struct grub_script *script);
