/*
 * The command lines of a trial: those of the host with what is to be different for one boot. Pure.
 *
 * Xen gives dom0 what stands behind " -- " on its own line, after dom0's (xen/arch/x86/setup.c);
 * what is taken out of dom0's line is taken out there too, and what is added comes before a "--".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "dom0/base/failure.h"
#include "dom0/trialline/wordlist.h"
#include "lib/option.h"

enum trial_mode { TRIAL_PV, TRIAL_PVH, TRIAL_MODES };

/* "pv", "pvh". False: there is no such word. */
bool trial_mode_parse(const char *word, enum trial_mode *ret_mode);
const char *trial_mode_name(enum trial_mode mode);

struct lines {
        char *xen, *dom0; /* owned */
};

struct lines_wish {
        enum trial_mode mode;
        const char *trial;               /* its id */
        unsigned guard_s;                /* from the guard to the unit */
        uint64_t memory_kib;             /* that dom0 has now; 0: not known */
        const char *const *masks;        /* units that start guests; ends with NULL */
        const struct option_words *xen;  /* that a person adds */
        const struct option_words *dom0; /* the same for dom0's kernel */
};

/*
 * `host`: the lines as the host has them; all is borrowed. False with a reason: the guard could not
 * run by them, a person's option would take the net away, how much memory dom0 gets is not known,
 * or dom0's line is longer than what Xen hands on.
 *
 * What is wished for that stands there already is not said twice; the host's order stays.
 */
bool lines_make(const struct lines *host, const struct lines_wish *wish, struct lines *ret_lines,
        struct failure *ret_error);
void lines_free(struct lines *lines);

/* "- WORD" for each word that goes, "+ WORD" for each that comes, behind `indent` blanks. */
void lines_print_difference(FILE *to, size_t indent, enum wordlist_reader reader,
        const char *before, const char *after);
