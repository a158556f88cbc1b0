/*
 * The table of verbs: one file each, all called the same way. What they do, and what their options
 * are for, is in docs/man/forestage.8, which the help is made of.
 */
#pragma once

#include "dom0/base/exit.h"
#include "dom0/base/host.h"
#include "lib/option.h"

struct verb {
        const char *name;
        const struct option_spec *options;
        int (*run)(const struct host *host, int argc, char **argv); /* argv[0] is the verb */
};

extern const struct verb verb_install;
extern const struct verb verb_uninstall;
extern const struct verb verb_arm;
extern const struct verb verb_disarm;
extern const struct verb verb_follow;
extern const struct verb verb_trial;
extern const struct verb verb_store;
extern const struct verb verb_doctor;
extern const struct verb verb_check;
extern const struct verb verb_collect;
extern const struct verb verb_compare;
extern const struct verb verb_report;
extern const struct verb verb_status;
extern const struct verb verb_help;

/* Every verb, in the order of the man page; ends with NULL. */
extern const struct verb *const verbs[];

const struct verb *verb_find(const char *name); /* NULL: there is none of that name */

/* Says on standard error what is wrong with a verb's arguments; returns EXIT_USAGE. */
int option_complain(const char *verb, const struct option_error *error);
