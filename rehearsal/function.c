/* Functions: their heads, their blocks, and what completes a body once it is read. */
#include <stdlib.h>
#include <string.h>

#include "rehearsal/builder.h"
#include "rehearsal/execute/call.h"

/* --- formal parameters --- */

static void place_kernel_param(
        struct parser *parser, struct function *function, struct variable *param)
{
        uint64_t align = param->align;

        param->address = (function->param_size + align - 1) & ~(align - 1);
        function->param_size = param->address + param->size;
        if (param->size > MAX_PARAM || function->param_size > MAX_PARAM)
                fail(parser, "'%.40s' has more than %u bytes of parameters", function->name,
                        MAX_PARAM);
}

static void place_function_param(
        struct parser *parser, struct function *function, struct variable *param)
{
        uint64_t align = param->align;

        if (param->space == SPACE_REGISTER) {
                if (param->is_array || param->vector != 1)
                        fail(parser, "a register parameter is no array");
                param->slot = new_slot(parser, 0);
                return;
        }
        param->address = (function->local_size + align - 1) & ~(align - 1);
        function->local_size = param->address + param->size;
        if (param->size > MAX_PARAM || function->local_size > MAX_LOCAL)
                fail(parser, "'%.40s' has too large parameters", function->name);
}

static enum space formal_space(struct parser *parser, const struct function *function)
{
        if (accept_dot(parser, "reg"))
                return SPACE_REGISTER;
        if (!accept_dot(parser, "param"))
                fail(parser, "expected .param or .reg");
        return function->is_entry ? SPACE_PARAM : SPACE_LOCAL;
}

/* ( .param .u64 a, .reg .b32 b ); the parenthesis is open already. */
static uint32_t parse_formals(
        struct parser *parser, struct function *function, struct variable **list)
{
        uint32_t count = 0;

        if (accept_char(parser, ')'))
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
        } while (accept_char(parser, ','));
        expect_char(parser, ')');
        return count;
}

/* --- the head --- */

static void parse_triple(struct parser *parser, uint32_t values[3])
{
        for (unsigned i = 0; i < 3; i++)
                values[i] = 1;
        for (unsigned i = 0; i < 3; i++) {
                uint64_t value = expect_constant(parser);

                if (value == 0 || value > UINT32_MAX)
                        fail(parser, "a block's size is between 1 and 2^32 - 1");
                values[i] = (uint32_t)value;
                if (!accept_char(parser, ','))
                        return;
        }
}

static void skip_number(struct parser *parser)
{
        do
                expect_constant(parser);
        while (accept_char(parser, ','));
}

static void parse_tuning(struct parser *parser, struct function *function)
{
        static const char *const numbers[] = { "minnctapersm", "maxnctapersm", "maxnreg",
                "maxclusterrank", "reqnctapercluster", NULL };
        bool found = true;

        while (found && !parser->failed) {
                found = true;
                if (accept_dot(parser, "maxntid"))
                        parse_triple(parser, function->max_threads);
                else if (accept_dot(parser, "reqntid"))
                        parse_triple(parser, function->required_threads);
                else if (accept_dot(parser, "pragma"))
                        while (!accept_char(parser, ';') && parser->token.kind != TOKEN_END)
                                advance(parser);
                else
                        found = accept_dot(parser, "noreturn") ||
                                accept_dot(parser, "explicitcluster") ||
                                accept_dot(parser, "abi_preserve") ||
                                accept_dot(parser, "blocksareclusters");
                for (unsigned i = 0; !found && numbers[i]; i++) {
                        if (accept_dot(parser, numbers[i])) {
                                skip_number(parser);
                                found = true;
                        }
                }
        }
}

static struct function *new_function(struct parser *parser, const struct token *name)
{
        struct program *program = parser->program;
        struct function *function = arena_alloc(&program->arena, sizeof(*function));

        if (function)
                function->name = arena_text(&program->arena, name->text, name->length);
        if (!function || !function->name) {
                no_memory(parser);
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
        struct symbol *symbol = find_symbol(parser, name);
        struct function *function;

        if (symbol && symbol->kind == SYMBOL_FUNCTION && !symbol->function->is_defined &&
                symbol->function->is_entry == is_entry)
                return symbol->function;
        if (symbol) {
                fail_at(parser, name->line, "'%.*s' is declared twice", token_width(name),
                        name->text);
                return NULL;
        }
        function = new_function(parser, name);
        if (!function)
                return NULL;
        function->is_entry = is_entry;
        symbol = declare(parser, 0, name, SYMBOL_FUNCTION);
        if (symbol)
                symbol->function = function;
        return function;
}

static void start_function(struct parser *parser, struct function *function)
{
        parser->function = function;
        parser->insn_count = 0;
        parser->slot_count = 0;
        parser->recent_count = 0;
        function->line = parser->token.line;
        new_slot(parser, 1); /* SLOT_TRUE */
        new_slot(parser, 0); /* SLOT_LOCAL */
}

/* --- completing a body --- */

/* Jumps to labels that are known by now; the rest waits for the block around. */
static void resolve_fixups(struct parser *parser)
{
        uint32_t depth = parser->symbols.depth;
        struct fixup *fixup = parser->fixups[depth];

        parser->fixups[depth] = NULL;
        while (fixup) {
                struct fixup *next = fixup->next;
                const struct symbol *label = find_symbol(parser, &fixup->label);

                if (label && label->kind == SYMBOL_LABEL) {
                        if (fixup->index)
                                *fixup->index = label->count;
                        else
                                parser->insns[fixup->insn].index = label->count;
                } else if (depth > 1) {
                        fixup->next = parser->fixups[depth - 1];
                        parser->fixups[depth - 1] = fixup;
                } else {
                        fail_at(parser, fixup->label.line, "unknown label '%.*s'",
                                token_width(&fixup->label), fixup->label.text);
                }
                fixup = next;
        }
}

static void complete_function(struct parser *parser)
{
        struct function *function = parser->function;
        struct arena *arena = &parser->program->arena;

        function->insns = arena_array(arena, parser->insn_count, sizeof(*function->insns));
        function->initial = arena_array(arena, parser->slot_count, sizeof(*function->initial));
        if (!function->insns || !function->initial) {
                no_memory(parser);
                return;
        }
        memcpy(function->insns, parser->insns, parser->insn_count * sizeof(*function->insns));
        memcpy(function->initial, parser->initial, parser->slot_count * sizeof(*function->initial));
        function->insn_count = parser->insn_count;
        function->slot_count = parser->slot_count;
        function->local_size = (function->local_size + 15) & ~UINT64_C(15);
        for (uint32_t i = 0; i < function->insn_count; i++) {
                struct insn *insn = &function->insns[i];

                if (insn->flags & FLAG_BRANCH)
                        insn->target = &function->insns[insn->index];
        }
        function->is_defined = true;
}

/* Blocks nest without recursion: only their names have a scope. */
static void parse_body(struct parser *parser)
{
        unsigned depth = 1;

        while (depth && parser->token.kind != TOKEN_END) {
                if (accept_char(parser, '{')) {
                        if (!symbols_enter(&parser->symbols))
                                fail(parser, "blocks nest deeper than %u", SYMBOL_MAX_DEPTH);
                        depth++;
                } else if (token_is_char(&parser->token, '}')) {
                        if (--depth) {
                                resolve_fixups(parser);
                                symbols_leave(&parser->symbols);
                        }
                        advance(parser);
                } else {
                        parse_statement(parser);
                }
        }
        if (depth)
                fail(parser, "'%.40s' does not end", parser->function->name);
        emit_unguarded(parser, execute_return); /* a label may stand last */
        resolve_fixups(parser);
        if (!parser->failed)
                complete_function(parser);
}

/* Results, name and parameters. The name stands behind the results, so they are read into `head`
 * first, and only then is it known which function this is. */
static struct function *parse_head(struct parser *parser, struct function *head)
{
        struct token name;
        struct function *function;

        if (!head->is_entry && accept_char(parser, '('))
                head->result_count = parse_formals(parser, head, &head->results);
        if (!expect_name(parser, &name))
                return NULL;
        if (accept_char(parser, '('))
                head->param_count = parse_formals(parser, head, &head->params);
        parse_tuning(parser, head);
        if (parser->failed)
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
                .name = "this function", .is_entry = is_entry, .program = parser->program
        };

        if (!symbols_enter(&parser->symbols))
                return;
        start_function(parser, &head);
        parser->function = parse_head(parser, &head);
        if (parser->function && accept_char(parser, '{'))
                parse_body(parser);
        else if (parser->function)
                expect_char(parser, ';');
        parser->function = NULL;
        symbols_leave(&parser->symbols);
}
