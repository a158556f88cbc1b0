/* Initial values of variables: numbers, lists, and addresses that are known only after loading. */
#include "rehearsal/ptx/initial.h"

#include <string.h>

#include "rehearsal/ptx/expression.h"

#define MAX_INITIAL (UINT64_C(64) << 20) /* bytes of a variable with initial values */

struct filling {
        struct variable *variable;
        uint64_t offset; /* of the next element */
};

static uint8_t *next_element(struct parser *parser, struct filling *filling, unsigned size)
{
        struct variable *variable = filling->variable;

        if (filling->offset + size > variable->size) {
                parser_fail(
                        parser, "more initial values than '%.40s' has elements", variable->name);
                return NULL;
        }

        uint8_t *element = variable->initial + filling->offset;

        filling->offset += size;
        return element;
}

static const struct symbol *expect_symbol(struct parser *parser)
{
        struct token name;
        const struct symbol *symbol;

        if (!parser_expect_name(parser, &name))
                return NULL;
        symbol = builder_find(&parser->builder, &name);
        if (symbol && (symbol->kind == SYMBOL_VARIABLE || symbol->kind == SYMBOL_FUNCTION))
                return symbol;
        parser_fail_at(parser, name.line, "unknown name '%.*s'", token_width(&name), name.text);
        return NULL;
}

/* Makes `element` hold `name`, `name+8` or `generic(name)+8`, from bit `shift` of the address on.
 */
static void fill_address(struct parser *parser, uint8_t *element, unsigned size, unsigned shift)
{
        bool is_generic = token_is(&parser->token, "generic");
        struct relocation *relocation;
        const struct symbol *symbol;

        if (is_generic) {
                parser_advance(parser);
                parser_expect(parser, '(');
        }
        symbol = expect_symbol(parser);
        if (is_generic)
                parser_expect(parser, ')');
        relocation = symbol ? builder_relocation(&parser->builder) : NULL;
        if (!relocation)
                return;
        relocation->data = element;
        relocation->size = (uint8_t)size;
        relocation->shift = (uint8_t)shift;
        relocation->generic = is_generic;
        if (symbol->kind == SYMBOL_VARIABLE)
                relocation->variable = symbol->variable;
        else
                relocation->function = symbol->function;
        if (token_is_char(&parser->token, '+') || token_is_char(&parser->token, '-'))
                relocation->addend = (int64_t)parse_constant(parser);
}

/* mask(address): 0xFF00(name) is one byte of an address. */
static void fill_masked(struct parser *parser, uint8_t *element, unsigned size, uint64_t mask)
{
        parser_expect(parser, '(');
        fill_address(parser, element, size, mask ? (unsigned)__builtin_ctzll(mask) : 0);
        parser_expect(parser, ')');
}

static uint64_t float_bits(struct parser *parser, enum ptx_type type)
{
        bool negative = parser_accept(parser, '-');
        uint64_t bits = parser->token.value;
        bool is_single = parser->token.kind == TOKEN_F32;

        if (!is_single && parser->token.kind != TOKEN_F64)
                return negative ? 0 - parse_constant(parser) : parse_constant(parser);
        parser_advance(parser);
        if (!is_single && type == TYPE_F32) {
                double wide;
                float single;

                memcpy(&wide, &bits, sizeof(wide));
                single = (float)wide;
                bits = 0;
                memcpy(&bits, &single, sizeof(single));
                is_single = true;
        }
        return negative ? bits ^ (UINT64_C(1) << (is_single ? 31 : 63)) : bits;
}

static void fill_element(struct parser *parser, struct filling *filling)
{
        unsigned size = type_size(filling->variable->type);
        uint8_t *element = next_element(parser, filling, size);

        if (!element)
                return;
        if (parser->token.kind == TOKEN_WORD) {
                fill_address(parser, element, size, 0);
        } else if (parser->token.kind == TOKEN_INTEGER && token_is_char(&parser->ahead, '(')) {
                uint64_t mask = parser->token.value;

                parser_advance(parser);
                fill_masked(parser, element, size, mask);
        } else {
                uint64_t bits = float_bits(parser, filling->variable->type);

                memcpy(element, &bits, size);
        }
}

/* Nested braces are the dimensions; what an inner one leaves out would be zero. Only full inner
 * lists are accepted, as compilers write them. */
static void fill_list(struct parser *parser, struct filling *filling)
{
        unsigned depth = 0;

        do {
                while (parser_accept(parser, '{'))
                        depth++;
                if (!token_is_char(&parser->token, '}'))
                        fill_element(parser, filling);
                while (depth && parser_accept(parser, '}'))
                        depth--;
                if (depth && !parser_accept(parser, ','))
                        parser_fail(parser, "expected ',' or '}' in the initial values");
        } while (depth && !parser->builder.failed);
}

/* `.b8 name[] = {…}`: the initial values give the size, so they are counted first. */
static uint64_t count_elements(const struct parser *parser)
{
        struct lexer lexer = parser->lexer;
        struct token token = parser->ahead;
        uint64_t commas = 0;

        while (token.kind != TOKEN_END && token.kind != TOKEN_BAD && !token_is_char(&token, ';')) {
                commas += token_is_char(&token, ',');
                token = lexer_next(&lexer);
        }
        return commas + 1;
}

void parse_initial(struct parser *parser, struct variable *variable)
{
        struct filling filling = { .variable = variable };

        if (variable->space != SPACE_GLOBAL && variable->space != SPACE_CONST) {
                parser_fail(parser, "'%.40s' cannot have initial values", variable->name);
                return;
        }
        if (variable->size == 0)
                variable->size = count_elements(parser) * type_size(variable->type);
        if (variable->size > MAX_INITIAL) {
                parser_fail(parser, "'%.40s' has more than %llu bytes of initial values",
                        variable->name, (unsigned long long)MAX_INITIAL);
                return;
        }
        variable->initial = arena_alloc(&parser->builder.program->arena, variable->size);
        if (!variable->initial) {
                parser_no_memory(parser);
                return;
        }
        fill_list(parser, &filling);
}
