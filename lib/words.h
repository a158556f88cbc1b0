/* A list of words. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/why.h"

#define WORDS_MAX 256u

struct words {
        char **word;
        size_t count;
};

/* Appends a copy of `word`. When false, `why` is the reason: there are WORDS_MAX already. */
bool words_add(struct words *words, const char *word, char *why);

/*
 * Appends the parts of "a,b,c"; blanks around a part do not count. When false, `why` says which
 * part `check` did not take ("'x' is not WHAT"), or which one is given twice.
 */
bool words_add_list(struct words *words, const char *list, const char *what,
        bool (*check)(const char *part), char *why);

void words_clear(struct words *words);

/* The same of devices as in Device=: indices and UUIDs. */
bool words_add_devices(struct words *words, const char *list, char *why);

/*
 * The same of names and patterns of names, as the shell has them: "*", "?" and "[ab]", which stand
 * for any character, and "\\" before one of these. One rule for every --only.
 */
bool words_add_patterns(struct words *words, const char *list, char *why);

/*
 * Whether one of the patterns is the whole of `name`; those that are become true in `used`, of
 * WORDS_MAX elements, or NULL. What is the whole of a name up to its '@' means all points of a
 * sweep, and so this one.
 */
bool words_match(const struct words *patterns, const char *name, bool *used);

/* The first pattern that was not used; NULL: all were. */
const char *words_unused(const struct words *patterns, const bool *used);
