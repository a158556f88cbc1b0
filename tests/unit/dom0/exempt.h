/* Every mutant of a run that passes, and the list of those that may pass, with the reason. */
#pragma once

#include "tests/unit/dom0/mutate.h"

#define ORDER        (MUTATION_SWAP | MUTATION_LAST)
#define NUDGE        (MUTATION_MORE | MUTATION_LESS)
#define NUMBER       (NUDGE | MUTATION_HUGE | MUTATION_ZERO)
#define WORDS        (MUTATION_OTHER | MUTATION_EMPTY)
#define RECORD       (MUTATION_TAKE | MUTATION_DOUBLE)
#define BYTES        (MUTATION_TAKE | MUTATION_BYTES | MUTATION_SHORT | MUTATION_EMPTY)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* All fields of the same kind are exempt together; `holds` (NULL: nothing) must be true besides. */
struct exemption {
        const char *name, *reason;
        const char *record, *path; /* patterns: "EVENT run.where", "check.tests.*.gbps" */
        unsigned int mutations;
        bool (*holds)(const struct mutant *mutant);
        size_t used;
};

struct harmless {
        struct exemption *exemption;
        size_t count;
};

/* The run passes, and of its mutants, of which each step-th is tried, only those that are harmless.
 */
void mutate_all(const char *name, const struct pieces *pieces, unsigned int step,
        struct harmless *harmless);

/* Each exemption was used; for runs of which all mutants were tried. */
void all_are_needed(const struct harmless *harmless);
