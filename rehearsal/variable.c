/* Declarations: registers and variables of every space. */
#include <string.h>

#include "rehearsal/builder.h"

#define MAX_DIMENSIONS 16u
#define MAX_RANGE      (1u << 24)

/* --- registers --- */

static void declare_register(struct parser *parser, const struct token *name, enum ptx_type type)
{
        struct symbol *symbol;

        if (accept_char(parser, '<')) {
                uint64_t count = expect_constant(parser);

                expect_char(parser, '>');
                if (count > MAX_RANGE)
                        fail(parser, "more than %u registers", MAX_RANGE);
                symbol = declare(parser, parser->symbols.depth, name, SYMBOL_RANGE);
                if (symbol) {
                        symbol->type = type;
                        symbol->count = count;
                }
                return;
        }
        symbol = declare(parser, parser->symbols.depth, name, SYMBOL_REGISTER);
        if (symbol) {
                symbol->type = type;
                symbol->slot = new_slot(parser, 0);
        }
}

static enum ptx_type expect_type(struct parser *parser)
{
        enum ptx_type type = parser->token.kind == TOKEN_DOT
                                     ? type_parse(parser->token.text, parser->token.length)
                                     : TYPE_NONE;

        if (type == TYPE_NONE)
                fail(parser, "expected a type before '%.*s'", token_width(&parser->token),
                        parser->token.text);
        else
                advance(parser);
        return type;
}

void parse_registers(struct parser *parser)
{
        enum ptx_type type = expect_type(parser);

        do {
                struct token name;

                if (!expect_name(parser, &name))
                        return;
                declare_register(parser, &name, type);
        } while (accept_char(parser, ','));
        expect_char(parser, ';');
}

/* --- variables --- */

static uint32_t parse_alignment(struct parser *parser)
{
        uint64_t align = expect_constant(parser);

        if (align == 0 || align > 4096 || (align & (align - 1)))
                fail(parser, "an alignment is a power of two up to 4096");
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
                advance(parser);
        } while (depth && parser->token.kind != TOKEN_END);
}

/* .ptr, .ptr.global.align 8: what a pointer parameter points to, which nothing here needs. */
static void skip_pointer_attributes(struct parser *parser)
{
        if (!accept_dot(parser, "ptr"))
                return;
        while (parser->token.kind == TOKEN_DOT) {
                bool is_align = token_is_dot(&parser->token, "align");

                advance(parser);
                if (is_align)
                        parse_alignment(parser);
        }
}

static void parse_vector(struct parser *parser, struct variable *variable)
{
        variable->vector = 1;
        if (accept_dot(parser, "v2"))
                variable->vector = 2;
        else if (accept_dot(parser, "v4"))
                variable->vector = 4;
}

static void parse_dimensions(struct parser *parser, struct variable *variable)
{
        uint64_t size = (uint64_t)type_size(variable->type) * variable->vector;
        unsigned dimensions = 0;

        while (accept_char(parser, '[')) {
                uint64_t count = token_is_char(&parser->token, ']') ? 0 : expect_constant(parser);

                expect_char(parser, ']');
                variable->is_array = true;
                if (__builtin_mul_overflow(size, count, &size) || size > MAX_MODULE_VARIABLE ||
                        ++dimensions > MAX_DIMENSIONS)
                        fail(parser, "variable '%.40s' is too large", variable->name);
                if (parser->failed)
                        return;
        }
        variable->size = size;
}

static bool name_variable(struct parser *parser, struct variable *variable, struct token *ret_name)
{
        if (!expect_name(parser, ret_name))
                return false;
        variable->name = arena_text(&parser->program->arena, ret_name->text, ret_name->length);
        if (!variable->name)
                no_memory(parser);
        return !parser->failed;
}

static void declare_variable(
        struct parser *parser, const struct token *name, struct variable *variable)
{
        struct symbol *symbol = declare(parser, parser->symbols.depth, name, SYMBOL_VARIABLE);

        if (symbol)
                symbol->variable = variable;
}

/* What stands once before the names: .align N .attribute(…) .v4 .f32 .ptr… */
static void parse_declaration(struct parser *parser, struct variable *variable)
{
        for (;;) {
                if (accept_dot(parser, "align"))
                        variable->align = parse_alignment(parser);
                else if (accept_dot(parser, "attribute"))
                        parse_attribute(parser, variable);
                else
                        break;
        }
        parse_vector(parser, variable);
        variable->type = expect_type(parser);
        skip_pointer_attributes(parser);
        if (accept_dot(parser, "align")) /* old compilers put it behind the type */
                variable->align = parse_alignment(parser);
}

static void parse_declarator(struct parser *parser, struct variable *variable)
{
        struct token name;

        if (!name_variable(parser, variable, &name))
                return;
        if (variable->type == TYPE_PRED && variable->space != SPACE_REGISTER)
                fail(parser, "a predicate is a register");
        parse_dimensions(parser, variable);

        uint32_t natural = type_size(variable->type) * variable->vector;

        if (!variable->align)
                variable->align = natural;
        if (!parser->failed)
                declare_variable(parser, &name, variable);
}

struct variable *parse_variable(struct parser *parser, enum space space, bool is_external)
{
        struct variable *variable = arena_alloc(&parser->program->arena, sizeof(*variable));

        if (!variable) {
                no_memory(parser);
                return NULL;
        }
        variable->space = space;
        variable->is_external = is_external;
        parse_declaration(parser, variable);
        parse_declarator(parser, variable);
        return parser->failed ? NULL : variable;
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
        struct function *function = parser->function;
        uint64_t align = variable->align;
        uint64_t offset = (function->local_size + align - 1) & ~(align - 1);

        if (variable->size > MAX_LOCAL || offset + variable->size > MAX_LOCAL) {
                fail(parser, "'%.40s' needs more than %u bytes of local memory", function->name,
                        MAX_LOCAL);
                return;
        }
        variable->address = offset;
        function->local_size = offset + variable->size;
}

static void keep_variable(struct parser *parser, struct variable *variable)
{
        if (variable->space == SPACE_LOCAL)
                place_in_frame(parser, variable);
        else if (variable->space == SPACE_SHARED && parser->function)
                append(&parser->function->shared, variable);
        else
                append(&parser->program->variables, variable);
        if (!variable->size && !variable->is_external)
                fail(parser, "'%.40s' has no size", variable->name);
}

void parse_variables(struct parser *parser, enum space space, bool is_external)
{
        struct variable *variable = parse_variable(parser, space, is_external);

        if (!variable)
                return;
        if (accept_char(parser, '='))
                parse_initial(parser, variable);
        keep_variable(parser, variable);
        while (accept_char(parser, ',')) {
                struct variable *more = arena_alloc(&parser->program->arena, sizeof(*more));

                if (!more) {
                        no_memory(parser);
                        return;
                }
                *more = (struct variable){ .space = space,
                        .is_external = is_external,
                        .type = variable->type,
                        .vector = variable->vector,
                        .align = variable->align };
                parse_declarator(parser, more);
                if (parser->failed)
                        return;
                if (accept_char(parser, '='))
                        parse_initial(parser, more);
                keep_variable(parser, more);
        }
        expect_char(parser, ';');
}
