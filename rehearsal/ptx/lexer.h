/* PTX text to tokens (PTX ISA, chapter 4). The text is untrusted and need not end in a newline. */
#pragma once

#include <stddef.h>

#include "rehearsal/base/token.h"

struct lexer {
        const char *next, *end;
        uint32_t line;
};

void lexer_start(struct lexer *lexer, const char *source, size_t length);
struct token lexer_next(struct lexer *lexer);
