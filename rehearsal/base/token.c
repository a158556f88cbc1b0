#include "rehearsal/base/token.h"

#include <string.h>

static bool text_is(const struct token *token, const char *text)
{
        return strlen(text) == token->length && memcmp(token->text, text, token->length) == 0;
}

bool token_is(const struct token *token, const char *text)
{
        return token->kind == TOKEN_WORD && text_is(token, text);
}

bool token_is_dot(const struct token *token, const char *text)
{
        return token->kind == TOKEN_DOT && text_is(token, text);
}

bool token_is_char(const struct token *token, char character)
{
        return token->kind == TOKEN_CHARACTER && token->text[0] == character;
}

const char *token_text(const struct token *token)
{
        return token->kind == TOKEN_END ? "the end" : token->text;
}

int token_width(const struct token *token)
{
        if (token->kind == TOKEN_END)
                return (int)strlen("the end");
        return token->length > 60 ? 60 : (int)token->length;
}
