/*
 * Constant expressions (PTX ISA, 4.5), as far as compilers write them: + - ~ ! and parentheses
 * before a number; * and & between them, then + - | and ^.
 */
#include "rehearsal/ptx/expression.h"

#define MAX_EXPRESSION_DEPTH 32u

static uint64_t parse_sum(struct parser *parser, unsigned depth);

static uint64_t parse_unary(struct parser *parser, unsigned depth)
{
        if (depth > MAX_EXPRESSION_DEPTH) {
                parser_fail(parser, "the expression nests too deep");
                return 0;
        }
        if (parser_accept(parser, '-'))
                return 0 - parse_unary(parser, depth + 1);
        if (parser_accept(parser, '+'))
                return parse_unary(parser, depth + 1);
        if (parser_accept(parser, '~'))
                return ~parse_unary(parser, depth + 1);
        if (parser_accept(parser, '!'))
                return !parse_unary(parser, depth + 1);
        if (parser_accept(parser, '(')) {
                uint64_t value = parse_sum(parser, depth + 1);

                parser_expect(parser, ')');
                return value;
        }

        uint64_t value = parser->token.value;

        if (parser->token.kind != TOKEN_INTEGER)
                parser_fail(parser, "expected a number before '%.*s'", token_width(&parser->token),
                        token_text(&parser->token));
        else
                parser_advance(parser);
        return value;
}

static uint64_t parse_product(struct parser *parser, unsigned depth)
{
        uint64_t value = parse_unary(parser, depth);

        for (;;) {
                if (parser_accept(parser, '*'))
                        value *= parse_unary(parser, depth);
                else if (parser_accept(parser, '&'))
                        value &= parse_unary(parser, depth);
                else
                        return value;
        }
}

static uint64_t parse_sum(struct parser *parser, unsigned depth)
{
        uint64_t value = parse_product(parser, depth);

        for (;;) {
                if (parser_accept(parser, '+'))
                        value += parse_product(parser, depth);
                else if (parser_accept(parser, '-'))
                        value -= parse_product(parser, depth);
                else if (parser_accept(parser, '|'))
                        value |= parse_product(parser, depth);
                else if (parser_accept(parser, '^'))
                        value ^= parse_product(parser, depth);
                else
                        return value;
        }
}

uint64_t parse_constant(struct parser *parser)
{
        return parse_sum(parser, 0);
}
