#include "rehearsal/ptx/lexer.h"

#include <stdlib.h>
#include <string.h>

#define MAX_NUMBER 64u /* characters of the longest number that is read */

void lexer_start(struct lexer *lexer, const char *source, size_t length)
{
        *lexer = (struct lexer){ .next = source, .end = source + length, .line = 1 };
}

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

static bool is_word_start(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || c == '%';
}

static bool is_word(char c)
{
        return (is_word_start(c) && c != '%') || is_digit(c);
}

static char peek(const struct lexer *lexer, size_t ahead)
{
        return (size_t)(lexer->end - lexer->next) > ahead ? lexer->next[ahead] : '\0';
}

static void skip_line(struct lexer *lexer)
{
        while (lexer->next < lexer->end && *lexer->next != '\n')
                lexer->next++;
}

static void skip_comment(struct lexer *lexer)
{
        for (lexer->next += 2; lexer->next < lexer->end; lexer->next++) {
                if (*lexer->next == '\n')
                        lexer->line++;
                if (*lexer->next == '*' && peek(lexer, 1) == '/') {
                        lexer->next += 2;
                        return;
                }
        }
}

/* Blanks, comments, and lines that a preprocessor left ("# 1 \"file\""). */
static void skip_blanks(struct lexer *lexer)
{
        while (lexer->next < lexer->end) {
                char c = *lexer->next;

                if (c == '\n') {
                        lexer->line++;
                        lexer->next++;
                } else if (c == ' ' || (c >= '\t' && c <= '\r')) {
                        lexer->next++;
                } else if (c == '#' || (c == '/' && peek(lexer, 1) == '/')) {
                        skip_line(lexer);
                } else if (c == '/' && peek(lexer, 1) == '*') {
                        skip_comment(lexer);
                } else {
                        return;
                }
        }
}

static struct token start_token(const struct lexer *lexer, enum token_kind kind)
{
        return (struct token){ .kind = kind, .line = lexer->line, .text = lexer->next };
}

static struct token end_token(const struct lexer *lexer, struct token token)
{
        token.length = (uint32_t)(lexer->next - token.text);
        return token;
}

static struct token lex_word(struct lexer *lexer)
{
        struct token token = start_token(lexer, TOKEN_WORD);

        do
                lexer->next++;
        while (is_word(peek(lexer, 0)));
        return end_token(lexer, token);
}

static struct token lex_dot(struct lexer *lexer)
{
        lexer->next++;

        struct token token = start_token(lexer, TOKEN_DOT);

        for (;;) {
                if (is_word(peek(lexer, 0)))
                        lexer->next++;
                else if (peek(lexer, 0) == ':' && peek(lexer, 1) == ':' && is_word(peek(lexer, 2)))
                        lexer->next += 2;
                else
                        break;
        }
        token = end_token(lexer, token);
        if (!token.length)
                token.kind = TOKEN_BAD;
        return token;
}

static struct token lex_string(struct lexer *lexer)
{
        lexer->next++;

        struct token token = start_token(lexer, TOKEN_STRING);

        while (lexer->next < lexer->end && *lexer->next != '"' && *lexer->next != '\n')
                lexer->next += *lexer->next == '\\' && peek(lexer, 1) > '\n' ? 2 : 1;
        token = end_token(lexer, token);
        if (peek(lexer, 0) == '"')
                lexer->next++;
        else
                token.kind = TOKEN_BAD;
        return token;
}

static int digit_value(char c)
{
        if (is_digit(c))
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return 255;
}

/* Digits of `base` until something else comes; false when there are none or they overflow. */
static bool lex_digits(struct lexer *lexer, unsigned base, uint64_t *ret_value)
{
        uint64_t value = 0;
        const char *start = lexer->next;

        for (; (unsigned)digit_value(peek(lexer, 0)) < base; lexer->next++) {
                if (__builtin_mul_overflow(value, (uint64_t)base, &value) ||
                        __builtin_add_overflow(value, (uint64_t)digit_value(*lexer->next), &value))
                        return false;
        }
        *ret_value = value;
        return lexer->next > start;
}

/* 0fXXXXXXXX or 0dXXXXXXXXXXXXXXXX: exactly so many hexadecimal digits. */
static bool lex_float_bits(struct lexer *lexer, ptrdiff_t digits, uint64_t *ret_value)
{
        const char *start = lexer->next += 2;

        return lex_digits(lexer, 16, ret_value) && lexer->next - start == digits;
}

static bool looks_decimal_float(const struct lexer *lexer)
{
        size_t i = 0;

        while (is_digit(peek(lexer, i)))
                i++;
        return peek(lexer, i) == '.' || peek(lexer, i) == 'e' || peek(lexer, i) == 'E';
}

static bool lex_decimal_float(struct lexer *lexer, uint64_t *ret_value)
{
        char text[MAX_NUMBER], *end;
        size_t length = 0;

        for (char c; length < sizeof(text) - 1; length++) {
                c = peek(lexer, length);
                if (!is_digit(c) && !strchr(".eE", c) &&
                        !(strchr("+-", c) && length && strchr("eE", text[length - 1])))
                        break;
                if (!c)
                        break;
                text[length] = c;
        }
        text[length] = '\0';

        double value = strtod(text, &end);

        lexer->next += end - text;
        memcpy(ret_value, &value, sizeof(value));
        return end > text;
}

static unsigned number_base(struct lexer *lexer)
{
        char second = peek(lexer, 1);

        if (peek(lexer, 0) != '0')
                return 10;
        if (second == 'x' || second == 'X') {
                lexer->next += 2;
                return 16;
        }
        if (second == 'b' || second == 'B') {
                lexer->next += 2;
                return 2;
        }
        return is_digit(second) ? 8 : 10;
}

static struct token lex_number(struct lexer *lexer)
{
        struct token token = start_token(lexer, TOKEN_INTEGER);
        char second = peek(lexer, 0) == '0' ? peek(lexer, 1) : '\0';
        bool good;

        if (second == 'f' || second == 'F') {
                token.kind = TOKEN_F32;
                good = lex_float_bits(lexer, 8, &token.value);
        } else if (second == 'd' || second == 'D') {
                token.kind = TOKEN_F64;
                good = lex_float_bits(lexer, 16, &token.value);
        } else if (looks_decimal_float(lexer)) {
                token.kind = TOKEN_F64;
                good = lex_decimal_float(lexer, &token.value);
        } else {
                good = lex_digits(lexer, number_base(lexer), &token.value);
                if (good && peek(lexer, 0) == 'U')
                        lexer->next++;
        }
        if (is_word(peek(lexer, 0)))
                good = false;
        if (!good)
                token.kind = TOKEN_BAD;
        return end_token(lexer, token);
}

struct token lexer_next(struct lexer *lexer)
{
        skip_blanks(lexer);
        if (lexer->next >= lexer->end)
                return end_token(lexer, start_token(lexer, TOKEN_END));

        char c = *lexer->next;

        if (is_digit(c))
                return lex_number(lexer);
        if (is_word_start(c))
                return lex_word(lexer);
        if (c == '.')
                return lex_dot(lexer);
        if (c == '"')
                return lex_string(lexer);

        struct token token = start_token(lexer, c > ' ' && c < 127 ? TOKEN_CHARACTER : TOKEN_BAD);

        lexer->next++;
        return end_token(lexer, token);
}
