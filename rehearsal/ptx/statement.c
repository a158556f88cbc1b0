/* Statements of a function's body: directives, labels and instructions. */
#include "rehearsal/ptx/statement.h"

#include "rehearsal/build/instructions.h"
#include "rehearsal/ptx/call.h"
#include "rehearsal/ptx/operand.h"
#include "rehearsal/ptx/variable.h"

/* --- labels and directives --- */

static void define_label(struct parser *parser)
{
        const struct symbol *known = builder_find(&parser->builder, &parser->token);
        struct symbol *label;

        if (known && known->depth == parser->builder.symbols.depth) {
                parser_fail(parser, "'%.*s' is declared twice", token_width(&parser->token),
                        parser->token.text);
                return;
        }
        label = builder_declare(
                &parser->builder, parser->builder.symbols.depth, &parser->token, SYMBOL_LABEL);
        if (label)
                label->count = parser->builder.insn_count;
        parser_advance(parser);
        parser_advance(parser); /* : */
}

static void parse_branch_targets(struct parser *parser, struct symbol *label)
{
        struct branch_targets *targets =
                arena_alloc(&parser->builder.program->arena, sizeof(*targets));
        uint32_t room = 1;

        for (struct lexer ahead = parser->lexer; ahead.next < ahead.end && *ahead.next != ';';
                ahead.next++)
                room += *ahead.next == ',';
        if (targets)
                targets->index =
                        arena_array(&parser->builder.program->arena, room + 1u, sizeof(uint64_t));
        if (!targets || !targets->index) {
                parser_no_memory(parser);
                return;
        }
        do {
                struct token name;

                if (!parser_expect_name(parser, &name))
                        return;
                if (targets->count > room) {
                        parser_fail(parser, "too many branch targets");
                        return;
                }
                builder_fixup(&parser->builder, &name, &targets->index[targets->count++]);
        } while (parser_accept(parser, ','));
        label->kind = SYMBOL_TARGETS;
        label->targets = targets;
        parser_expect(parser, ';');
}

/* `name: .branchtargets …;` and its like: the label names the list, not a place. */
static void parse_labelled(struct parser *parser)
{
        struct token name = parser->token;

        define_label(parser);
        if (parser->builder.failed || parser->token.kind != TOKEN_DOT)
                return;

        struct symbol *label = builder_find(&parser->builder, &name);

        if (parser_accept_dot(parser, "branchtargets")) {
                parse_branch_targets(parser, label);
        } else if (parser_accept_dot(parser, "callprototype") ||
                   parser_accept_dot(parser, "calltargets")) {
                label->kind = SYMBOL_OTHER;
                parser_skip_statement(parser);
        }
}

static bool parse_local_directive(struct parser *parser)
{
        uint32_t line = parser->token.line;

        if (parser_accept_dot(parser, "reg"))
                parse_registers(parser);
        else if (parser_accept_dot(parser, "local") || parser_accept_dot(parser, "param"))
                parse_variables(parser, SPACE_LOCAL, false);
        else if (parser_accept_dot(parser, "shared"))
                parse_variables(parser, SPACE_SHARED, false);
        else if (parser_accept_dot(parser, "global"))
                parse_variables(parser, SPACE_GLOBAL, false);
        else if (parser_accept_dot(parser, "const"))
                parse_variables(parser, SPACE_CONST, false);
        else if (parser_accept_dot(parser, "loc") || parser_accept_dot(parser, "file"))
                parser_skip_line(parser, line);
        else if (parser_accept_dot(parser, "pragma"))
                parser_skip_statement(parser);
        else if (parser_accept_dot(parser, "extern") && parser_accept_dot(parser, "shared"))
                parse_variables(parser, SPACE_SHARED, true);
        else
                return false;
        return true;
}

/* --- instructions --- */

static void parse_guard(struct parser *parser, struct statement *statement)
{
        struct operand_element guard;

        statement->guard = SLOT_TRUE;
        statement->negate = false;
        if (!parser_accept(parser, '@'))
                return;
        parse_operand_element(parser, &guard);
        if (guard.kind != OPERAND_REGISTER || guard.type != TYPE_PRED) {
                parser_fail(parser, "a guard is a predicate register");
                return;
        }
        statement->guard = guard.slot;
        statement->negate = guard.negated;
}

static void parse_modifiers(struct parser *parser, struct statement *statement)
{
        statement->modifier_count = 0;
        statement->taken = 0;
        while (parser->token.kind == TOKEN_DOT) {
                if (statement->modifier_count == MAX_MODIFIERS) {
                        parser_fail(parser, "more than %u modifiers", MAX_MODIFIERS);
                        return;
                }
                statement->modifiers[statement->modifier_count++] = parser->token;
                parser_advance(parser);
        }
}

static void parse_operands(struct parser *parser, struct statement *statement)
{
        statement->count = 0;
        if (parser_accept(parser, ';'))
                return;
        do {
                if (statement->count == MAX_OPERANDS) {
                        parser_fail(parser, "more than %u operands", MAX_OPERANDS);
                        return;
                }
                parse_operand(parser, &statement->operands[statement->count++]);
        } while (parser_accept(parser, ','));
        parser_expect(parser, ';');
}

static void parse_instruction(struct parser *parser)
{
        static struct statement statement; /* large; one parser at a time */

        statement.line = parser->builder.line = parser->token.line;
        parse_guard(parser, &statement);
        if (!parser_expect_name(parser, &statement.mnemonic))
                return;
        parse_modifiers(parser, &statement);
        if (token_is(&statement.mnemonic, "call")) {
                parse_call(parser, &statement);
        } else {
                parse_operands(parser, &statement);
                if (!parser->builder.failed)
                        instructions_build(&parser->builder, &statement);
        }
        statement_check_modifiers(&parser->builder, &statement);
}

void parse_statement(struct parser *parser)
{
        if (parser_accept(parser, ';'))
                return;
        if (parser->token.kind == TOKEN_DOT) {
                if (!parse_local_directive(parser))
                        parser_fail(parser, "unknown directive '.%.*s'",
                                token_width(&parser->token), parser->token.text);
        } else if (parser->token.kind == TOKEN_WORD && token_is_char(&parser->ahead, ':')) {
                parse_labelled(parser);
        } else {
                parse_instruction(parser);
        }
}
