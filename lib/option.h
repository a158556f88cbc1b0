/* Long options from a table, which the help text is made from as well. */
#ifndef FORESTAGE_LIB_OPTION_H
#define FORESTAGE_LIB_OPTION_H

#include <stdbool.h>
#include <stddef.h>

struct option_spec {
        const char *name;     /* without the dashes; NULL ends a table */
        const char *argument; /* what the help calls it; NULL: a switch */
        const char *help;
        size_t offset; /* of a `const char *` (with argument) or a `bool` in the values */
};

/* What option_parse says about arguments that it cannot take. */
struct option_error {
        const char *problem; /* "unknown option", …; NULL: none */
        const char *argument;
};

/*
 * Reads argv[1] … argv[argc-1]: `--name value`, `--name=value`, `--switch`. Values are borrowed
 * from argv. An option given twice, an operand and an empty value are errors. Returns false and
 * says why.
 */
bool option_parse(const struct option_spec *table, int argc, char **argv, void *ret_values,
        struct option_error *ret_error);

#endif
