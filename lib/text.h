/* Small things with strings that the programs share. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Makes one line of UTF-8 out of anything: what cannot stay becomes a blank or a '?'. */
void text_make_line(char *text);

/*
 * The next word of `*cursor`, which is moved behind it, in place: blanks separate words, '…' and
 * "…" keep blanks in them and may stand anywhere in a word. NULL at the end; `*ret_open` says
 * whether a quote was left open.
 */
char *text_next_word(char **cursor, bool *ret_open);

/* The first words of `text`, at most `most` of them; returns how many, or -1 for an open quote. */
int text_split(char *text, char **ret_words, int most);

/* Where `text`, of `*length` bytes, begins without blanks around it; `*length` is of that. */
const char *text_trim(const char *text, size_t *length);

/* Whether `text` starts with `start`; then `*ret_rest` is what follows. */
bool text_skip(const char *text, const char *start, const char **ret_rest);

/* Whether `word` is one of a list that ends with NULL. */
bool text_is_one_of(const char *word, const char *const list[]);

/* Whether a list, divided by any of `dividers`, has the word of `length` bytes. */
bool text_has_word(const char *list, const char *dividers, const char *word, size_t length);
