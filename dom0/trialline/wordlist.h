/*
 * A command line as a list of words, taken apart as the one who reads it does. Xen divides at
 * blanks alone, and has no quotes (xen/common/kernel.c, parse_params). Linux divides at white
 * space outside of "…", which may stand anywhere in a word (lib/cmdline.c, next_arg). Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum wordlist_reader { WORDLIST_XEN, WORDLIST_LINUX };

struct wordlist {
        enum wordlist_reader reader;
        char **word; /* all owned */
        size_t count;
};

/* For wordlist_free. */
struct wordlist wordlist_read(enum wordlist_reader reader, const char *line);
void wordlist_free(struct wordlist *list);

/* The words with a blank between them; owned. */
char *wordlist_join(const struct wordlist *list);

/* Where the word "--" stands, behind which the words are another's; `count`: there is none. */
size_t wordlist_divider(const struct wordlist *list);

/* Copies a word to the place `at`, before what is there. */
void wordlist_insert(struct wordlist *list, size_t at, const char *word);
void wordlist_remove(struct wordlist *list, size_t at);

/*
 * Whether a word sets an option: "NAME" or "NAME=…", to Linux also in quotes and with _ for -; to
 * Xen also "no-NAME". `ret_value` is what stands behind the "=", borrowed, or "".
 */
bool wordlist_sets(
        const struct wordlist *list, size_t at, const char *name, const char **ret_value);

/* Whether a word stands in the list, exactly so. */
bool wordlist_has(const struct wordlist *list, const char *word);

/* Removes all words before the divider, and behind it, that set an option. How many there were. */
size_t wordlist_drop(struct wordlist *list, const char *name);
