/* Declarations: registers and variables of every space. */
#include "rehearsal/ptx/variable.h"

#include <string.h>

#include "rehearsal/build/slots.h"
#include "rehearsal/ptx/expression.h"
#include "rehearsal/ptx/initial.h"

#define MAX_DIMENSIONS 16u
#define MAX_RANGE      (1u << 24)

/* --- registers --- */

static void declare_register(struct parser *parser, const struct token *name, enum ptx_type type)
{
        struct symbol *symbol;

        if (parser_accept(parser, '<')) {
                uint64_t count = parse_constant(parser);

                parser_expect(parser, '>');
                if (count > MAX_RANGE)
                        parser_fail(parser, "more than %u registers", MAX_RANGE);
                symbol = builder_declare(
                        &parser->builder, parser->builder.symbols.depth, name, SYMBOL_RANGE);
                if (symbol) {
                        symbol->type = type;
                        symbol->count = count;
                }
                return;
        }
        symbol = builder_declare(
                &parser->builder, parser->builder.symbols.depth, name, SYMBOL_REGISTER);
        if (symbol) {
                symbol->type = type;
                symbol->slot = slot_new(&parser->builder, 0);
        }
}

static enum ptx_type expect_type(struct parser *parser)
{
        enum ptx_type type = parser->token.kind == TOKEN_DOT
                                     ? type_parse(parser->token.text, parser->token.length)
                                     : TYPE_NONE;

        if (type == TYPE_NONE)
                parser_fail(parser, "expected a type before '%.*s'", token_width(&parser->token),
                        parser->token.text);
        else
                parser_advance(parser);
        return type;
}

void parse_registers(struct parser *parser)
{
        enum ptx_type type = expect_type(parser);

        do {
                struct token name;

                if (!parser_expect_name(parser, &name))
                        return;
                declare_register(parser, &name, type);
        } while (parser_accept(parser, ','));
        parser_expect(parser, ';');
}

/* --- variables --- */

static uint32_t parse_alignment(struct parser *parser)
{
        uint64_t align = parse_constant(parser);

        if (align == 0 || align > 4096 || (align & (align - 1)))
                parser_fail(parser, "an alignment is a power of two up to 4096");
        return (uint32_t)align;
}

/* .attribute(.managed), also .attribute(.unified(…)). */
static void parse_attribute(struct parser *parser, struct variable *variable)
{
        unsigned depth = 0;

        do {
                if (token_is_char(&parser->token, '('))
                        depth++;
                else if (token_is_char(&parser->token, ')'))
                        depth--;
                else if (token_is_dot(&parser->token, "managed"))
                        variable->is_managed = true;
                parser_advance(parser);
        } while (depth && parser->token.kind != TOKEN_END);
}

/* .ptr, .ptr.global.align 8: what a pointer parameter points to, which nothing here needs. */
static void skip_pointer_attributes(struct parser *parser)
{
        if (!parser_accept_dot(parser, "ptr"))
                return;
        while (parser->token.kind == TOKEN_DOT) {
                bool is_align = token_is_dot(&parser->token, "align");

                parser_advance(parser);
                if (is_align)
                        parse_alignment(parser);
        }
}

static void parse_vector(struct parser *parser, struct variable *variable)
{
        variable->vector = 1;
        if (parser_accept_dot(parser, "v2"))
                variable->vector = 2;
        else if (parser_accept_dot(parser, "v4"))
                variable->vector = 4;
}

static void parse_dimensions(struct parser *parser, struct variable *variable)
{
        uint64_t size = (uint64_t)type_size(variable->type) * variable->vector;
        unsigned dimensions = 0;

        while (parser_accept(parser, '[')) {
                uint64_t count = token_is_char(&parser->token, ']') ? 0 : parse_constant(parser);

                parser_expect(parser, ']');
                variable->is_array = true;
                if (__builtin_mul_overflow(size, count, &size) || size > MAX_MODULE_VARIABLE ||
                        ++dimensions > MAX_DIMENSIONS)
                        parser_fail(parser, "variable '%.40s' is too large", variable->name);
                if (parser->builder.failed)
                        return;
        }
        variable->size = size;
}

static bool name_variable(struct parser *parser, struct variable *variable, struct token *ret_name)
{
        if (!parser_expect_name(parser, ret_name))
                return false;
        variable->name =
                arena_text(&parser->builder.program->arena, ret_name->text, ret_name->length);
        if (!variable->name)
                parser_no_memory(parser);
        return !parser->builder.failed;
}

static void declare_variable(
        struct parser *parser, const struct token *name, struct variable *variable)
{
        struct symbol *symbol = builder_declare(
                &parser->builder, parser->builder.symbols.depth, name, SYMBOL_VARIABLE);

        if (symbol)
                symbol->variable = variable;
}

/* What stands once before the names: .align N .attribute(…) .v4 .f32 .ptr… */
static void parse_declaration(struct parser *parser, struct variable *variable)
{
        for (;;) {
                if (parser_accept_dot(parser, "align"))
                        variable->align = parse_alignment(parser);
                else if (parser_accept_dot(parser, "attribute"))
                        parse_attribute(parser, variable);
                else
                        break;
        }
        parse_vector(parser, variable);
        variable->type = expect_type(parser);
        skip_pointer_attributes(parser);
        if (parser_accept_dot(parser, "align")) /* old compilers put it behind the type */
                variable->align = parse_alignment(parser);
}

static void parse_declarator(struct parser *parser, struct variable *variable)
{
        struct token name;

        if (!name_variable(parser, variable, &name))
                return;
        if (variable->type == TYPE_PRED && variable->space != SPACE_REGISTER)
                parser_fail(parser, "a predicate is a register");
        parse_dimensions(parser, variable);

        uint32_t natural = type_size(variable->type) * variable->vector;

        if (!variable->align)
                variable->align = natural;
        if (!parser->builder.failed)
                declare_variable(parser, &name, variable);
}

struct variable *parse_variable(struct parser *parser, enum space space, bool is_external)
{
        struct variable *variable = arena_alloc(&parser->builder.program->arena, sizeof(*variable));

        if (!variable) {
                parser_no_memory(parser);
                return NULL;
        }
        variable->space = space;
        variable->is_external = is_external;
        parse_declaration(parser, variable);
        parse_declarator(parser, variable);
        return parser->builder.failed ? NULL : variable;
}

/* --- where a variable goes --- */

static void append(struct variable **list, struct variable *variable)
{
        while (*list)
                list = &(*list)->next;
        *list = variable;
}

static void place_in_frame(struct parser *parser, struct variable *variable)
{
        struct function *function = parser->builder.function;
        uint64_t align = variable->align;
        uint64_t offset = (function->local_size + align - 1) & ~(align - 1);

        if (variable->size > MAX_LOCAL || offset + variable->size > MAX_LOCAL) {
                parser_fail(parser, "'%.40s' needs more than %u bytes of local memory",
                        function->name, MAX_LOCAL);
                return;
        }
        variable->address = offset;
        function->local_size = offset + variable->size;
}

static void keep_variable(struct parser *parser, struct variable *variable)
{
        if (variable->space == SPACE_LOCAL)
                place_in_frame(parser, variable);
        else if (variable->space == SPACE_SHARED && parser->builder.function)
                append(&parser->builder.function->shared, variable);
        else
                append(&parser->builder.program->variables, variable);
        if (!variable->size && !variable->is_external)
                parser_fail(parser, "'%.40s' has no size", variable->name);
}

void parse_variables(struct parser *parser, enum space space, bool is_external)
{
        struct variable *variable = parse_variable(parser, space, is_external);

        if (!variable)
                return;
        if (parser_accept(parser, '='))
                parse_initial(parser, variable);
        keep_variable(parser, variable);
        while (parser_accept(parser, ',')) {
                struct variable *more = arena_alloc(&parser->builder.program->arena, sizeof(*more));

                if (!more) {
                        parser_no_memory(parser);
                        return;
                }
                *more = (struct variable){ .space = space,
                        .is_external = is_external,
                        .type = variable->type,
                        .vector = variable->vector,
                        .align = variable->align };
                parse_declarator(parser, more);
                if (parser->builder.failed)
                        return;
                if (parser_accept(parser, '='))
                        parse_initial(parser, more);
                keep_variable(parser, more);
        }
        parser_expect(parser, ';');
}
