/* Functions: their heads, their blocks, and what completes a body once it is read. */
#include "rehearsal/ptx/function.h"

#include "rehearsal/build/slots.h"
#include "rehearsal/execute/call.h"
#include "rehearsal/ptx/expression.h"
#include "rehearsal/ptx/statement.h"
#include "rehearsal/ptx/variable.h"

/* --- formal parameters --- */

static void place_kernel_param(
        struct parser *parser, struct function *function, struct variable *param)
{
        uint64_t align = param->align;

        param->address = (function->param_size + align - 1) & ~(align - 1);
        function->param_size = param->address + param->size;
        if (param->size > MAX_PARAM || function->param_size > MAX_PARAM)
                parser_fail(parser, "'%.40s' has more than %u bytes of parameters", function->name,
                        MAX_PARAM);
}

static void place_function_param(
        struct parser *parser, struct function *function, struct variable *param)
{
        uint64_t align = param->align;

        if (param->space == SPACE_REGISTER) {
                if (param->is_array || param->vector != 1)
                        parser_fail(parser, "a register parameter is no array");
                param->slot = slot_new(&parser->builder, 0);
                return;
        }
        param->address = (function->local_size + align - 1) & ~(align - 1);
        function->local_size = param->address + param->size;
        if (param->size > MAX_PARAM || function->local_size > MAX_LOCAL)
                parser_fail(parser, "'%.40s' has too large parameters", function->name);
}

static enum space formal_space(struct parser *parser, const struct function *function)
{
        if (parser_accept_dot(parser, "reg"))
                return SPACE_REGISTER;
        if (!parser_accept_dot(parser, "param"))
                parser_fail(parser, "expected .param or .reg");
        return function->is_entry ? SPACE_PARAM : SPACE_LOCAL;
}

/* ( .param .u64 a, .reg .b32 b ); the parenthesis is open already. */
static uint32_t parse_formals(
        struct parser *parser, struct function *function, struct variable **list)
{
        uint32_t count = 0;

        if (parser_accept(parser, ')'))
                return 0;
        do {
                struct variable *formal =
                        parse_variable(parser, formal_space(parser, function), false);

                if (!formal)
                        return count;
                if (function->is_entry)
                        place_kernel_param(parser, function, formal);
                else
                        place_function_param(parser, function, formal);
                *list = formal;
                list = &formal->next;
                count++;
        } while (parser_accept(parser, ','));
        parser_expect(parser, ')');
        return count;
}

/* --- the head --- */

static void parse_triple(struct parser *parser, uint32_t values[3])
{
        for (unsigned i = 0; i < 3; i++)
                values[i] = 1;
        for (unsigned i = 0; i < 3; i++) {
                uint64_t value = parse_constant(parser);

                if (value == 0 || value > UINT32_MAX)
                        parser_fail(parser, "a block's size is between 1 and 2^32 - 1");
                values[i] = (uint32_t)value;
                if (!parser_accept(parser, ','))
                        return;
        }
}

static void skip_number(struct parser *parser)
{
        do
                parse_constant(parser);
        while (parser_accept(parser, ','));
}

static void parse_tuning(struct parser *parser, struct function *function)
{
        static const char *const numbers[] = { "minnctapersm", "maxnctapersm", "maxnreg",
                "maxclusterrank", "reqnctapercluster", NULL };
        bool found = true;

        while (found && !parser->builder.failed) {
                found = true;
                if (parser_accept_dot(parser, "maxntid"))
                        parse_triple(parser, function->max_threads);
                else if (parser_accept_dot(parser, "reqntid"))
                        parse_triple(parser, function->required_threads);
                else if (parser_accept_dot(parser, "pragma"))
                        while (!parser_accept(parser, ';') && parser->token.kind != TOKEN_END)
                                parser_advance(parser);
                else
                        found = parser_accept_dot(parser, "noreturn") ||
                                parser_accept_dot(parser, "explicitcluster") ||
                                parser_accept_dot(parser, "abi_preserve") ||
                                parser_accept_dot(parser, "blocksareclusters");
                for (unsigned i = 0; !found && numbers[i]; i++) {
                        if (parser_accept_dot(parser, numbers[i])) {
                                skip_number(parser);
                                found = true;
                        }
                }
        }
}

static struct function *new_function(struct parser *parser, const struct token *name)
{
        struct program *program = parser->builder.program;
        struct function *function = arena_alloc(&program->arena, sizeof(*function));

        if (function)
                function->name = arena_text(&program->arena, name->text, name->length);
        if (!function || !function->name) {
                parser_no_memory(parser);
                return NULL;
        }
        function->program = program;
        function->number = program->function_count++;
        function->next = program->functions;
        program->functions = function;
        return function;
}

/* The function of this name: the one declared before, or a new one. */
static struct function *find_function(
        struct parser *parser, const struct token *name, bool is_entry)
{
        struct symbol *symbol = builder_find(&parser->builder, name);
        struct function *function;

        if (symbol && symbol->kind == SYMBOL_FUNCTION && !symbol->function->is_defined &&
                symbol->function->is_entry == is_entry)
                return symbol->function;
        if (symbol) {
                parser_fail_at(parser, name->line, "'%.*s' is declared twice", token_width(name),
                        name->text);
                return NULL;
        }
        function = new_function(parser, name);
        if (!function)
                return NULL;
        function->is_entry = is_entry;
        symbol = builder_declare(&parser->builder, 0, name, SYMBOL_FUNCTION);
        if (symbol)
                symbol->function = function;
        return function;
}

static void start_function(struct parser *parser, struct function *function)
{
        parser->builder.function = function;
        parser->builder.insn_count = 0;
        parser->builder.slot_count = 0;
        parser->builder.recent_count = 0;
        function->line = parser->token.line;
        slot_new(&parser->builder, 1); /* SLOT_TRUE */
        slot_new(&parser->builder, 0); /* SLOT_LOCAL */
}

/* Blocks nest without recursion: only their names have a scope. */
static void parse_body(struct parser *parser)
{
        unsigned depth = 1;

        while (depth && parser->token.kind != TOKEN_END) {
                if (parser_accept(parser, '{')) {
                        if (!symbols_enter(&parser->builder.symbols))
                                parser_fail(parser, "blocks nest deeper than %u", SYMBOL_MAX_DEPTH);
                        depth++;
                } else if (token_is_char(&parser->token, '}')) {
                        if (--depth) {
                                builder_resolve(&parser->builder);
                                symbols_leave(&parser->builder.symbols);
                        }
                        parser_advance(parser);
                } else {
                        parse_statement(parser);
                }
        }
        if (depth)
                parser_fail(parser, "'%.40s' does not end", parser->builder.function->name);
        builder_append(&parser->builder, execute_return); /* a label may stand last */
        builder_resolve(&parser->builder);
        if (!parser->builder.failed)
                builder_complete(&parser->builder);
}

/* Results, name and parameters. The name stands behind the results, so they are read into `head`
 * first, and only then is it known which function this is. */
static struct function *parse_head(struct parser *parser, struct function *head)
{
        struct token name;
        struct function *function;

        if (!head->is_entry && parser_accept(parser, '('))
                head->result_count = parse_formals(parser, head, &head->results);
        if (!parser_expect_name(parser, &name))
                return NULL;
        if (parser_accept(parser, '('))
                head->param_count = parse_formals(parser, head, &head->params);
        parse_tuning(parser, head);
        if (parser->builder.failed)
                return NULL;
        function = find_function(parser, &name, head->is_entry);
        if (!function)
                return NULL;
        head->name = function->name;
        head->next = function->next;
        head->number = function->number;
        head->called_line = function->called_line;
        *function = *head;
        return function;
}

void parse_function(struct parser *parser, bool is_entry)
{
        struct function head = {
                .name = "this function", .is_entry = is_entry, .program = parser->builder.program
        };

        if (!symbols_enter(&parser->builder.symbols))
                return;
        start_function(parser, &head);
        parser->builder.function = parse_head(parser, &head);
        if (parser->builder.function && parser_accept(parser, '{'))
                parse_body(parser);
        else if (parser->builder.function)
                parser_expect(parser, ';');
        parser->builder.function = NULL;
        symbols_leave(&parser->builder.symbols);
}
