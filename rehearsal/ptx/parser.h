/*
 * What the parts of the parser share: the token that is read and the one behind it. An error, of
 * the parser or of the builder, is followed by end tokens alone.
 */
#pragma once

#include "rehearsal/build/builder.h"
#include "rehearsal/ptx/lexer.h"

struct parser {
        struct lexer lexer;
        struct token token, ahead; /* the current one and the one behind it */
        struct builder builder;
};

/* Keeps the first error, at the current token's line or at a given one. */
void parser_fail(struct parser *parser, const char *format, ...)
        __attribute__((format(printf, 2, 3)));
void parser_fail_at(struct parser *parser, uint32_t line, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
void parser_no_memory(struct parser *parser);

void parser_advance(struct parser *parser);

/* Whether the character, or .text, stands next; if so it is read. */
bool parser_accept(struct parser *parser, char character);
bool parser_accept_dot(struct parser *parser, const char *text);

/* The same of what must be there. */
bool parser_expect(struct parser *parser, char character);
bool parser_expect_name(struct parser *parser, struct token *ret_name);

/* .loc and .file end where their line ends; they have no semicolon. */
void parser_skip_line(struct parser *parser, uint32_t line);
void parser_skip_statement(struct parser *parser);
