/* Operands as they are written: registers, numbers, names, vectors, addresses. */
#include "rehearsal/ptx/operand.h"

#include <stdlib.h>
#include <string.h>

#include "rehearsal/build/slots.h"
#include "rehearsal/execute/special.h"
#include "rehearsal/ptx/expression.h"

/* %r12 of a %r<100>: declared now, where its range was. */
static struct symbol *find_in_range(struct parser *parser, const struct token *name)
{
        uint32_t digits = name->length;
        uint64_t number = 0;
        char text[16];

        while (digits && name->text[digits - 1] >= '0' && name->text[digits - 1] <= '9')
                digits--;

        uint32_t count = name->length - digits;

        if (!digits || !count || count > 9 || (count > 1 && name->text[digits] == '0'))
                return NULL;
        memcpy(text, name->text + digits, count);
        text[count] = '\0';
        number = strtoull(text, NULL, 10);

        struct symbol *range = symbols_find_range(&parser->builder.symbols, name->text, digits);

        if (!range || number >= range->count)
                return NULL;

        struct symbol *symbol =
                builder_declare(&parser->builder, range->depth, name, SYMBOL_REGISTER);

        if (symbol) {
                symbol->type = range->type;
                symbol->slot = slot_new(&parser->builder, 0);
        }
        return symbol;
}

static void use_register(struct operand_element *element, const struct symbol *symbol)
{
        element->kind = OPERAND_REGISTER;
        element->slot = symbol->slot;
        element->type = symbol->type;
}

static void use_variable(
        struct parser *parser, struct operand_element *element, struct variable *variable)
{
        if (variable->space == SPACE_REGISTER) {
                element->kind = OPERAND_REGISTER;
                element->slot = variable->slot;
                element->type = variable->type;
                return;
        }
        element->kind = OPERAND_VARIABLE;
        element->variable = variable;
        if (variable->user && variable->user != parser->builder.function)
                variable->used_by_many = true;
        variable->user = parser->builder.function;
}

static void use_special(struct parser *parser, struct operand_element *element)
{
        const struct token *name = &element->name;
        struct token component = { .kind = TOKEN_END };

        if (special_wants_component(name->text, name->length) && parser->token.kind == TOKEN_DOT) {
                component = parser->token;
                parser_advance(parser);
        }

        int index = special_find(name->text, name->length,
                component.kind == TOKEN_DOT ? component.text : NULL, component.length);

        if (index < 0) {
                parser_fail_at(parser, name->line, "unknown register '%.*s'", token_width(name),
                        name->text);
                return;
        }
        element->kind = OPERAND_SPECIAL;
        element->slot = (uint32_t)index;
        element->type = special_type(index);
}

static void use_name(struct parser *parser, struct operand_element *element)
{
        struct symbol *symbol;

        element->name = parser->token;
        parser_advance(parser);
        if (token_is(&element->name, "_")) {
                element->kind = OPERAND_SINK;
                return;
        }
        if (token_is(&element->name, "WARP_SZ")) {
                element->kind = OPERAND_INTEGER;
                element->value = MAX_WARP;
                return;
        }
        symbol = builder_find(&parser->builder, &element->name);
        if (!symbol)
                symbol = find_in_range(parser, &element->name);
        if (symbol && symbol->kind == SYMBOL_REGISTER) {
                use_register(element, symbol);
        } else if (symbol && symbol->kind == SYMBOL_VARIABLE) {
                use_variable(parser, element, symbol->variable);
        } else if (symbol && symbol->kind == SYMBOL_FUNCTION) {
                element->kind = OPERAND_FUNCTION;
                element->function = symbol->function;
        } else if (!symbol && element->name.text[0] == '%') {
                use_special(parser, element);
        } else {
                element->kind = OPERAND_NAME;
        }
}

static void use_float(struct parser *parser, struct operand_element *element, bool negative)
{
        bool is_single = parser->token.kind == TOKEN_F32;

        element->kind = is_single ? OPERAND_F32 : OPERAND_F64;
        element->value = parser->token.value;
        if (negative)
                element->value ^= UINT64_C(1) << (is_single ? 31 : 63);
        parser_advance(parser);
}

static bool is_float(const struct token *token)
{
        return token->kind == TOKEN_F32 || token->kind == TOKEN_F64;
}

void parse_operand_element(struct parser *parser, struct operand_element *element)
{
        *element = (struct operand_element){ .kind = OPERAND_NONE };
        if (token_is_char(&parser->token, '!') && parser->ahead.kind == TOKEN_WORD) {
                parser_advance(parser);
                element->negated = true;
        }
        if (parser->token.kind == TOKEN_WORD) {
                use_name(parser, element);
                if (element->kind == OPERAND_VARIABLE &&
                        (token_is_char(&parser->token, '+') || token_is_char(&parser->token, '-')))
                        element->value = parse_constant(parser);
                return;
        }
        if (is_float(&parser->token)) {
                use_float(parser, element, false);
        } else if (token_is_char(&parser->token, '-') && is_float(&parser->ahead)) {
                parser_advance(parser);
                use_float(parser, element, true);
        } else {
                element->kind = OPERAND_INTEGER;
                element->value = parse_constant(parser);
        }
}

static void parse_vector(struct parser *parser, struct operand *operand)
{
        operand->self.kind = OPERAND_VECTOR;
        do {
                if (operand->count >= MAX_ELEMENTS) {
                        parser_fail(parser, "a vector has at most %u elements", MAX_ELEMENTS);
                        return;
                }
                parse_operand_element(parser, &operand->elements[operand->count++]);
        } while (parser_accept(parser, ','));
        parser_expect(parser, '}');
}

static void parse_address(struct parser *parser, struct operand *operand)
{
        struct operand_element *base = &operand->elements[0];

        operand->self.kind = OPERAND_ADDRESS;
        operand->count = 1;
        parse_operand_element(parser, base);
        if (base->kind == OPERAND_REGISTER &&
                (token_is_char(&parser->token, '+') || token_is_char(&parser->token, '-')))
                operand->self.value = parse_constant(parser);
        if (base->kind == OPERAND_VARIABLE) {
                operand->self.value = base->value;
                base->value = 0;
        }
        parser_expect(parser, ']');
}

void parse_operand(struct parser *parser, struct operand *operand)
{
        operand->count = 0;
        operand->self = (struct operand_element){ .kind = OPERAND_NONE };
        operand->second.kind = OPERAND_NONE;
        if (parser_accept(parser, '{')) {
                parse_vector(parser, operand);
        } else if (parser_accept(parser, '[')) {
                parse_address(parser, operand);
        } else {
                parse_operand_element(parser, &operand->self);
                if (parser_accept(parser, '|'))
                        parse_operand_element(parser, &operand->second);
        }
}
