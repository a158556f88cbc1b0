/* Statements of a function's body: directives, labels and instructions with their modifiers. */
#include <stdlib.h>
#include <string.h>

#include "rehearsal/builder.h"

/* --- modifiers --- */

static bool modifier_is(const struct statement *statement, uint32_t index, const char *word)
{
        const struct token *token = &statement->modifiers[index];

        return !(statement->taken & (1u << index)) && strlen(word) == token->length &&
               memcmp(word, token->text, token->length) == 0;
}

bool take(struct statement *statement, const char *word)
{
        for (uint32_t i = 0; i < statement->modifier_count; i++) {
                if (modifier_is(statement, i, word)) {
                        statement->taken |= 1u << i;
                        return true;
                }
        }
        return false;
}

int take_one_of(struct statement *statement, const char *const *words)
{
        for (int i = 0; words[i]; i++) {
                if (take(statement, words[i]))
                        return i;
        }
        return -1;
}

enum ptx_type take_type(struct statement *statement)
{
        for (uint32_t i = 0; i < statement->modifier_count; i++) {
                const struct token *token = &statement->modifiers[i];
                enum ptx_type type = type_parse(token->text, token->length);

                if (type != TYPE_NONE && !(statement->taken & (1u << i))) {
                        statement->taken |= 1u << i;
                        return type;
                }
        }
        return TYPE_NONE;
}

enum rounding take_rounding(struct statement *statement)
{
        static const char *const words[] = { "rn", "rz", "rm", "rp", NULL };

        return (enum rounding)(take_one_of(statement, words) + 1);
}

bool expect_count(
        struct parser *parser, const struct statement *statement, uint32_t low, uint32_t high)
{
        if (statement->count >= low && statement->count <= high)
                return true;
        fail_at(parser, statement->line, "'%.*s' has %u operands",
                token_width(&statement->mnemonic), statement->mnemonic.text, statement->count);
        return false;
}

static void check_modifiers(struct parser *parser, const struct statement *statement)
{
        for (uint32_t i = 0; i < statement->modifier_count; i++) {
                const struct token *token = &statement->modifiers[i];

                if (statement->taken & (1u << i))
                        continue;
                fail_at(parser, statement->line, "'.%.*s' is not supported on '%.*s'",
                        token_width(token), token->text, token_width(&statement->mnemonic),
                        statement->mnemonic.text);
        }
}

/* --- appending instructions --- */

static bool grow_insns(struct parser *parser)
{
        uint32_t room = parser->insn_room ? parser->insn_room * 2 : 256;
        struct insn *insns = realloc(parser->insns, room * sizeof(*insns));

        if (!insns) {
                no_memory(parser);
                return false;
        }
        parser->insns = insns;
        parser->insn_room = room;
        return true;
}

struct insn *emit_unguarded(struct parser *parser, execute_fn *execute)
{
        static struct insn dummy;

        if (parser->insn_count >= MAX_INSNS)
                fail(parser, "a function has at most %u instructions", MAX_INSNS);
        if (parser->failed)
                return &dummy;
        if (parser->insn_count == parser->insn_room && !grow_insns(parser))
                return &dummy;

        struct insn *insn = &parser->insns[parser->insn_count++];

        memset(insn, 0, sizeof(*insn));
        insn->execute = execute;
        insn->guard = SLOT_TRUE;
        insn->line = parser->line;
        return insn;
}

struct insn *emit(struct parser *parser, const struct statement *statement, execute_fn *execute)
{
        struct insn *insn = emit_unguarded(parser, execute);

        if (!execute)
                fail_at(parser, statement->line, "'%.*s' is not supported for this type",
                        token_width(&statement->mnemonic), statement->mnemonic.text);
        insn->guard = statement->guard;
        insn->negate = statement->negate;
        return insn;
}

/* --- labels and directives --- */

static void define_label(struct parser *parser)
{
        const struct symbol *known = find_symbol(parser, &parser->token);
        struct symbol *label;

        if (known && known->depth == parser->symbols.depth) {
                fail(parser, "'%.*s' is declared twice", token_width(&parser->token),
                        parser->token.text);
                return;
        }
        label = declare(parser, parser->symbols.depth, &parser->token, SYMBOL_LABEL);
        if (label)
                label->count = parser->insn_count;
        advance(parser);
        advance(parser); /* : */
}

static void parse_branch_targets(struct parser *parser, struct symbol *label)
{
        struct branch_targets *targets = arena_alloc(&parser->program->arena, sizeof(*targets));
        uint32_t room = 1;

        for (struct lexer ahead = parser->lexer; ahead.next < ahead.end && *ahead.next != ';';
                ahead.next++)
                room += *ahead.next == ',';
        if (targets)
                targets->index = arena_array(&parser->program->arena, room + 1u, sizeof(uint64_t));
        if (!targets || !targets->index) {
                no_memory(parser);
                return;
        }
        do {
                struct fixup *fixup = arena_alloc(&parser->program->arena, sizeof(*fixup));

                if (!fixup) {
                        no_memory(parser);
                        return;
                }
                if (!expect_name(parser, &fixup->label))
                        return;
                if (targets->count > room) {
                        fail(parser, "too many branch targets");
                        return;
                }
                fixup->index = &targets->index[targets->count++];
                fixup->next = parser->fixups[parser->symbols.depth];
                parser->fixups[parser->symbols.depth] = fixup;
        } while (accept_char(parser, ','));
        label->kind = SYMBOL_TARGETS;
        label->targets = targets;
        expect_char(parser, ';');
}

static void skip_to_semicolon(struct parser *parser)
{
        while (parser->token.kind != TOKEN_END && !token_is_char(&parser->token, ';'))
                advance(parser);
        expect_char(parser, ';');
}

/* `name: .branchtargets …;` and its like: the label names the list, not a place. */
static void parse_labelled(struct parser *parser)
{
        struct token name = parser->token;

        define_label(parser);
        if (parser->failed || parser->token.kind != TOKEN_DOT)
                return;

        struct symbol *label = find_symbol(parser, &name);

        if (accept_dot(parser, "branchtargets")) {
                parse_branch_targets(parser, label);
        } else if (accept_dot(parser, "callprototype") || accept_dot(parser, "calltargets")) {
                label->kind = SYMBOL_OTHER;
                skip_to_semicolon(parser);
        }
}

static bool parse_local_directive(struct parser *parser)
{
        uint32_t line = parser->token.line;

        if (accept_dot(parser, "reg"))
                parse_registers(parser);
        else if (accept_dot(parser, "local") || accept_dot(parser, "param"))
                parse_variables(parser, SPACE_LOCAL, false);
        else if (accept_dot(parser, "shared"))
                parse_variables(parser, SPACE_SHARED, false);
        else if (accept_dot(parser, "global"))
                parse_variables(parser, SPACE_GLOBAL, false);
        else if (accept_dot(parser, "const"))
                parse_variables(parser, SPACE_CONST, false);
        else if (accept_dot(parser, "loc") || accept_dot(parser, "file"))
                skip_line_of(parser, line);
        else if (accept_dot(parser, "pragma"))
                skip_to_semicolon(parser);
        else if (accept_dot(parser, "extern") && accept_dot(parser, "shared"))
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
        if (!accept_char(parser, '@'))
                return;
        parse_operand_element(parser, &guard);
        if (guard.kind != OPERAND_REGISTER || guard.type != TYPE_PRED) {
                fail(parser, "a guard is a predicate register");
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
                        fail(parser, "more than %u modifiers", MAX_MODIFIERS);
                        return;
                }
                statement->modifiers[statement->modifier_count++] = parser->token;
                advance(parser);
        }
}

static void parse_operands(struct parser *parser, struct statement *statement)
{
        statement->count = 0;
        if (accept_char(parser, ';'))
                return;
        do {
                if (statement->count == MAX_OPERANDS) {
                        fail(parser, "more than %u operands", MAX_OPERANDS);
                        return;
                }
                parse_operand(parser, &statement->operands[statement->count++]);
        } while (accept_char(parser, ','));
        expect_char(parser, ';');
}

static void parse_instruction(struct parser *parser)
{
        static struct statement statement; /* large; one parser at a time */

        statement.line = parser->line = parser->token.line;
        parse_guard(parser, &statement);
        if (!expect_name(parser, &statement.mnemonic))
                return;
        parse_modifiers(parser, &statement);
        if (token_is(&statement.mnemonic, "call")) {
                parse_call(parser, &statement);
        } else {
                parse_operands(parser, &statement);
                if (!parser->failed)
                        build(parser, &statement);
        }
        check_modifiers(parser, &statement);
}

void parse_statement(struct parser *parser)
{
        if (accept_char(parser, ';'))
                return;
        if (parser->token.kind == TOKEN_DOT) {
                if (!parse_local_directive(parser))
                        fail(parser, "unknown directive '.%.*s'", token_width(&parser->token),
                                parser->token.text);
        } else if (parser->token.kind == TOKEN_WORD && token_is_char(&parser->ahead, ':')) {
                parse_labelled(parser);
        } else {
                parse_instruction(parser);
        }
}
