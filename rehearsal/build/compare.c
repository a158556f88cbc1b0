/* setp and set. */
#include "rehearsal/build/compare.h"

#include "rehearsal/execute/compare.h"

static compare_fn *take_comparison(struct statement *statement, enum ptx_type type)
{
        for (uint32_t i = 0; i < statement->modifier_count; i++) {
                const struct token *word = &statement->modifiers[i];
                compare_fn *compare = compare_find(word->text, word->length, type);

                if (compare && !(statement->taken & (1u << i))) {
                        statement->taken |= 1u << i;
                        return compare;
                }
        }
        return NULL;
}

/* The type of one element of a pair. */
static enum ptx_type element_of(enum ptx_type type)
{
        return type == TYPE_F16X2 ? TYPE_F16 : type == TYPE_BF16X2 ? TYPE_BF16 : type;
}

struct comparison {
        compare_fn *compare;
        enum ptx_type type; /* of what is compared */
        unsigned combine;   /* 0, or .and .or .xor with a third predicate */
        unsigned flags;
};

static void take_comparison_modifiers(
        struct statement *statement, enum ptx_type type, struct comparison *comparison)
{
        static const char *const combinations[] = { "and", "or", "xor", NULL };

        comparison->type = type;
        comparison->compare = take_comparison(statement, element_of(type));
        comparison->combine = (unsigned)(statement_take_one_of(statement, combinations) + 1);
        comparison->flags = (type == TYPE_F32 || element_of(type) == TYPE_F16) &&
                                            statement_take(statement, "ftz")
                                    ? FLAG_FTZ
                                    : 0;
}

/* list: where the opposite result goes, and the predicate to combine with. */
static void fill_comparison(struct builder *builder, struct statement *statement,
        struct comparison *comparison, execute_fn *execute, uint32_t d, uint32_t opposite)
{
        uint32_t count = comparison->combine ? 4 : 3;
        uint32_t *list = builder_list(builder, 2);
        uint32_t a, b;
        struct insn *insn;

        if (!statement_expect_count(builder, statement, count, count))
                return;
        a = slot_source(builder, statement, 1, comparison->type);
        b = slot_source(builder, statement, 2, comparison->type);
        list[0] = opposite;
        list[1] = comparison->combine ? slot_source(builder, statement, 3, TYPE_PRED) : SLOT_TRUE;
        insn = statement_emit(builder, statement, comparison->compare ? execute : NULL);
        insn->d = d;
        insn->a = a;
        insn->b = b;
        insn->from = (uint8_t)element_of(comparison->type);
        insn->detail = (uint8_t)comparison->combine;
        insn->flags = (uint8_t)comparison->flags;
        insn->compare = comparison->compare;
        insn->list = list;
}

void build_setp(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        const struct operand *result = &statement->operands[0];
        bool has_opposite;
        struct comparison comparison;
        execute_fn *execute;
        uint32_t d, opposite;

        (void)self;
        take_comparison_modifiers(statement, statement_take_type(statement), &comparison);
        if (!statement_expect_count(builder, statement, 3, 4))
                return;
        has_opposite = result->second.kind != OPERAND_NONE;
        d = slot_destination(builder, statement, 0, TYPE_PRED);
        opposite = has_opposite
                           ? slot_element_destination(builder, &result->second, TYPE_PRED, false)
                           : slot_new(builder, 0);
        execute = comparison.flags ? NULL : compare_execute(comparison.compare);
        if (!execute)
                execute = execute_setp;
        if (has_opposite || comparison.combine)
                execute = execute_setp_bool;
        if (comparison.type != element_of(comparison.type))
                execute = has_opposite ? execute_setp_pair : NULL;
        fill_comparison(builder, statement, &comparison, execute, d, opposite);
}

/* What a comparison of `from` may be stored as. */
static bool is_set_type(enum ptx_type to, enum ptx_type from)
{
        if (to == TYPE_U32 || to == TYPE_S32)
                return true;
        if (from != element_of(from))
                return to == from;
        return to == TYPE_F32 || to == TYPE_F16 || to == TYPE_BF16 || to == TYPE_U16 ||
               to == TYPE_S16;
}

void build_set(struct builder *builder, struct statement *statement, const struct instruction *self)
{
        enum ptx_type to = statement_take_type(statement), from = statement_take_type(statement);
        bool is_pair = from != element_of(from);
        uint32_t before = builder->insn_count, d;
        struct comparison comparison;

        (void)self;
        take_comparison_modifiers(statement, from, &comparison);
        d = slot_destination(builder, statement, 0, to);
        if (!is_set_type(to, from))
                comparison.compare = NULL;
        fill_comparison(builder, statement, &comparison, is_pair ? execute_set_pair : execute_set,
                d, SLOT_TRUE);
        if (!builder->failed && builder->insn_count > before)
                builder->insns[builder->insn_count - 1].type = (uint8_t)to;
}
