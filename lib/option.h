/* Long options from a table. The man page says what they are for, and the help is made of it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct option_spec {
        const char *name; /* without the dashes; NULL ends a table */
        /* OPTION_CHOICE may have a value, then with "=", and is "" without one. OPTION_WORDS may
         * be given several times, with a value each time. */
        enum { OPTION_SWITCH = 1, OPTION_VALUE, OPTION_CHOICE, OPTION_WORDS } kind;
        /* Of a `bool`, for a switch; a `struct option_words`; or a `const char *` in the values. */
        size_t offset;
};

#define OPTION_WORDS_MAX 32u

/* The values of one option, in the order in which they were given. */
struct option_words {
        const char *word[OPTION_WORDS_MAX]; /* borrowed */
        size_t count;
};

/* What option_parse says about arguments that it cannot take. */
struct option_error {
        const char *problem; /* "unknown option", …; NULL: none */
        const char *argument;
};

/*
 * Reads argv[1] … argv[argc-1]: `--name value`, `--name=value`, `--switch`, `--choice`,
 * `--choice=value`. Values are borrowed from argv. An option given twice (but for words), an
 * operand and an empty value are errors. Returns false and says why.
 */
bool option_parse(const struct option_spec *table, int argc, char **argv, void *ret_values,
        struct option_error *ret_error);
