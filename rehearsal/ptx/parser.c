#include "rehearsal/ptx/parser.h"

/* From here on there are only end tokens, so every loop over tokens ends. */
static void stop(struct parser *parser)
{
        parser->token.kind = parser->ahead.kind = TOKEN_END;
}

void parser_fail(struct parser *parser, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        builder_vfail(&parser->builder, parser->token.line, format, arguments);
        va_end(arguments);
        stop(parser);
}

void parser_fail_at(struct parser *parser, uint32_t line, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        builder_vfail(&parser->builder, line, format, arguments);
        va_end(arguments);
        stop(parser);
}

void parser_no_memory(struct parser *parser)
{
        parser_fail_at(parser, 0, "out of memory");
}

void parser_advance(struct parser *parser)
{
        parser->token = parser->ahead;
        parser->ahead = lexer_next(&parser->lexer);
        parser->builder.here = parser->token.line;
        if (parser->token.kind == TOKEN_BAD)
                parser_fail(parser, "'%.*s' is no PTX", token_width(&parser->token),
                        parser->token.text);
        if (parser->builder.failed)
                stop(parser);
}

bool parser_accept(struct parser *parser, char character)
{
        if (!token_is_char(&parser->token, character))
                return false;
        parser_advance(parser);
        return true;
}

bool parser_accept_dot(struct parser *parser, const char *text)
{
        if (!token_is_dot(&parser->token, text))
                return false;
        parser_advance(parser);
        return true;
}

bool parser_expect(struct parser *parser, char character)
{
        if (parser_accept(parser, character))
                return true;
        parser_fail(parser, "expected '%c' before '%.*s'", character, token_width(&parser->token),
                token_text(&parser->token));
        return false;
}

bool parser_expect_name(struct parser *parser, struct token *ret_name)
{
        if (parser->token.kind != TOKEN_WORD) {
                parser_fail(parser, "expected a name before '%.*s'", token_width(&parser->token),
                        token_text(&parser->token));
                return false;
        }
        *ret_name = parser->token;
        parser_advance(parser);
        return true;
}

void parser_skip_line(struct parser *parser, uint32_t line)
{
        while (parser->token.kind != TOKEN_END && parser->token.line == line)
                parser_advance(parser);
}

void parser_skip_statement(struct parser *parser)
{
        while (parser->token.kind != TOKEN_END && !token_is_char(&parser->token, ';'))
                parser_advance(parser);
        parser_expect(parser, ';');
}
