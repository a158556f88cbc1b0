/* Tokens of PTX: pieces of its text. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum token_kind {
        TOKEN_END,
        TOKEN_WORD,      /* name, mnemonic, %register; text is all of it */
        TOKEN_DOT,       /* .word, also .shared::cta; text is without the dot */
        TOKEN_INTEGER,   /* value */
        TOKEN_F32,       /* 0fXXXXXXXX: value holds the bits */
        TOKEN_F64,       /* 0dXXXXXXXXXXXXXXXX or 1.5: value holds the bits of the double */
        TOKEN_STRING,    /* text is what stands between the quotes */
        TOKEN_CHARACTER, /* one character of punctuation: text[0] */
        TOKEN_BAD,       /* text is what cannot be a token */
};

struct token {
        enum token_kind kind;
        uint32_t line; /* 1 for the first */
        uint32_t length;
        const char *text; /* into the source; not terminated */
        uint64_t value;
};

bool token_is(const struct token *token, const char *text);     /* a word with exactly this text */
bool token_is_dot(const struct token *token, const char *text); /* .text */
bool token_is_char(const struct token *token, char character);

/* A token in a message: its text (not terminated) and how much of it to show. */
const char *token_text(const struct token *token);
int token_width(const struct token *token);
