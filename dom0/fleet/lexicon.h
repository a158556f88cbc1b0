/* Words that come again and again, each kept once and named by its number. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct lexicon {
        json_t *numbers; /* by word */
        char **texts;    /* by number; owned */
        size_t count;
};

#define LEXICON_NONE UINT32_MAX

/* The number of a word, a new one if need be; lexicon_free releases all. */
uint32_t lexicon_number(struct lexicon *lexicon, const char *text);

/* The number of a word that is there, else LEXICON_NONE. */
uint32_t lexicon_find(const struct lexicon *lexicon, const char *text);
const char *lexicon_text(const struct lexicon *lexicon, uint32_t number); /* "": LEXICON_NONE */
void lexicon_free(struct lexicon *lexicon);
