#include "rehearsal/build/statement.h"

#include <string.h>

/* --- modifiers --- */

static bool modifier_is(const struct statement *statement, uint32_t index, const char *word)
{
        const struct token *token = &statement->modifiers[index];

        return !(statement->taken & (1u << index)) && strlen(word) == token->length &&
               memcmp(word, token->text, token->length) == 0;
}

/* The index of a modifier that nobody has taken, or -1. */
static int find_modifier(const struct statement *statement, const char *word)
{
        for (uint32_t i = 0; i < statement->modifier_count; i++) {
                if (modifier_is(statement, i, word))
                        return (int)i;
        }
        return -1;
}

bool statement_has(const struct statement *statement, const char *word)
{
        return find_modifier(statement, word) >= 0;
}

bool statement_take(struct statement *statement, const char *word)
{
        int index = find_modifier(statement, word);

        if (index >= 0)
                statement->taken |= 1u << index;
        return index >= 0;
}

int statement_take_one_of(struct statement *statement, const char *const *words)
{
        for (int i = 0; words[i]; i++) {
                if (statement_take(statement, words[i]))
                        return i;
        }
        return -1;
}

enum ptx_type statement_take_type(struct statement *statement)
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

enum rounding statement_take_rounding(struct statement *statement)
{
        static const char *const words[] = { "rn", "rz", "rm", "rp", NULL };

        return (enum rounding)(statement_take_one_of(statement, words) + 1);
}

bool statement_expect_count(
        struct builder *builder, const struct statement *statement, uint32_t low, uint32_t high)
{
        if (statement->count >= low && statement->count <= high)
                return true;
        builder_fail_at(builder, statement->line, "'%.*s' has %u operands",
                token_width(&statement->mnemonic), statement->mnemonic.text, statement->count);
        return false;
}

void statement_check_modifiers(struct builder *builder, const struct statement *statement)
{
        for (uint32_t i = 0; i < statement->modifier_count; i++) {
                const struct token *token = &statement->modifiers[i];

                if (statement->taken & (1u << i))
                        continue;
                builder_fail_at(builder, statement->line, "'.%.*s' is not supported on '%.*s'",
                        token_width(token), token->text, token_width(&statement->mnemonic),
                        statement->mnemonic.text);
        }
}

enum space statement_take_space(struct statement *statement)
{
        static const struct {
                const char *word;
                enum space space;
        } spaces[] = {
                { "global", SPACE_GLOBAL },
                { "shared", SPACE_SHARED },
                { "shared::cta", SPACE_SHARED },
                { "shared::cluster", SPACE_SHARED },
                { "local", SPACE_LOCAL },
                { "param", SPACE_PARAM },
                { "param::entry", SPACE_PARAM },
                { "param::func", SPACE_PARAM },
                { "const", SPACE_CONST },
        };

        for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
                if (statement_take(statement, spaces[i].word))
                        return spaces[i].space;
        }
        return SPACE_GENERIC;
}

struct insn *statement_emit(
        struct builder *builder, const struct statement *statement, execute_fn *execute)
{
        struct insn *insn = builder_append(builder, execute);

        if (!execute)
                builder_fail_at(builder, statement->line, "'%.*s' is not supported for this type",
                        token_width(&statement->mnemonic), statement->mnemonic.text);
        insn->guard = statement->guard;
        insn->negate = statement->negate;
        return insn;
}
