/* What the lanes of a warp do together. */
#include "rehearsal/build/warp.h"

#include "rehearsal/execute/warp.h"

/* The result and its predicate, a value and the membership mask; more is the caller's. */
struct warp_operands {
        uint32_t d, a;
        uint32_t mask;      /* SLOT_TRUE: whoever has come */
        uint32_t predicate; /* a slot nobody reads when there is none */
};

static struct insn *emit_warp(struct builder *builder, struct statement *statement,
        const struct warp_operands *operands, unsigned kind)
{
        uint32_t *list = builder_list(builder, 2);
        struct insn *insn;

        list[0] = operands->mask;
        list[1] = operands->predicate;
        insn = statement_emit(builder, statement, execute_warp);
        insn->d = operands->d;
        insn->a = operands->a;
        insn->detail = (uint8_t)kind;
        insn->list = list;
        return insn;
}

static uint32_t second_result(struct builder *builder, const struct statement *statement)
{
        const struct operand_element *second = &statement->operands[0].second;

        if (!statement->count || second->kind == OPERAND_NONE)
                return slot_new(builder, 0);
        return slot_element_destination(builder, second, TYPE_PRED, false);
}

void build_warp_sync(struct builder *builder, struct statement *statement)
{
        struct warp_operands operands = { .d = 0 };

        if (!statement_take(statement, "sync") ||
                !statement_expect_count(builder, statement, 1, 1)) {
                builder_fail_at(
                        builder, statement->line, "of bar.warp only bar.warp.sync is known");
                return;
        }
        operands.mask = slot_source(builder, statement, 0, TYPE_B32);
        operands.d = operands.a = operands.predicate = slot_new(builder, 0);
        emit_warp(builder, statement, &operands, WARP_SYNC);
}

void build_shfl(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        static const char *const modes[] = { "up", "down", "bfly", "idx", NULL };
        bool sync = statement_take(statement, "sync");
        int mode = statement_take_one_of(statement, modes);
        uint32_t count = sync ? 5 : 4, b, c;
        struct warp_operands operands;
        struct insn *insn;

        (void)self;
        if (mode < 0 || statement_take_type(statement) != TYPE_B32)
                builder_fail_at(builder, statement->line, "shfl needs a mode and .b32");
        if (!statement_expect_count(builder, statement, count, count))
                return;
        operands.a = slot_source(builder, statement, 1, TYPE_B32);
        b = slot_source(builder, statement, 2, TYPE_U32);
        c = slot_source(builder, statement, 3, TYPE_U32);
        operands.mask = sync ? slot_source(builder, statement, 4, TYPE_B32) : SLOT_TRUE;
        operands.d = slot_destination(builder, statement, 0, TYPE_B32);
        operands.predicate = second_result(builder, statement);
        insn = emit_warp(builder, statement, &operands, WARP_SHFL_UP + (unsigned)mode);
        insn->b = b;
        insn->c = c;
}

void build_vote(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        static const char *const modes[] = { "all", "any", "uni", "ballot", NULL };
        bool sync = statement_take(statement, "sync");
        int mode = statement_take_one_of(statement, modes);
        enum ptx_type type = mode == 3 ? TYPE_B32 : TYPE_PRED;
        struct warp_operands operands;

        (void)self;
        if (mode < 0 || statement_take_type(statement) != type)
                builder_fail_at(builder, statement->line,
                        "vote needs a mode, and .pred, or .b32 for ballot");
        if (!statement_expect_count(builder, statement, sync ? 3 : 2, sync ? 3 : 2))
                return;
        operands.a = slot_source(builder, statement, 1, TYPE_PRED);
        operands.mask = sync ? slot_source(builder, statement, 2, TYPE_B32) : SLOT_TRUE;
        operands.d = slot_destination(builder, statement, 0, type);
        operands.predicate = operands.d;
        emit_warp(builder, statement, &operands, WARP_VOTE_ALL + (unsigned)mode);
}

void build_match(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        static const char *const modes[] = { "any", "all", NULL };
        int mode = statement_take_one_of(statement, modes);
        bool sync = statement_take(statement, "sync");
        enum ptx_type type = statement_take_type(statement);
        struct warp_operands operands;

        (void)self;
        if (mode < 0 || !sync || (type != TYPE_B32 && type != TYPE_B64))
                builder_fail_at(
                        builder, statement->line, "match needs .any or .all, .sync, .b32 or .b64");
        if (!statement_expect_count(builder, statement, 3, 3))
                return;
        operands.a = slot_source(builder, statement, 1, type);
        operands.mask = slot_source(builder, statement, 2, TYPE_B32);
        operands.d = slot_destination(builder, statement, 0, TYPE_B32);
        operands.predicate = second_result(builder, statement);
        emit_warp(builder, statement, &operands, WARP_MATCH_ANY + (unsigned)mode);
}

void build_redux(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        static const char *const operations[] = { "add", "min", "max", "and", "or", "xor", NULL };
        bool sync = statement_take(statement, "sync");
        int operation = statement_take_one_of(statement, operations);
        enum ptx_type type = statement_take_type(statement);
        bool fits = operation < 3 ? type == TYPE_U32 || type == TYPE_S32 : type == TYPE_B32;
        struct warp_operands operands;

        (void)self;
        if (operation < 0 || !sync || !fits)
                builder_fail_at(
                        builder, statement->line, "redux.sync does not have this operation");
        if (!statement_expect_count(builder, statement, 3, 3))
                return;
        operands.a = slot_source(builder, statement, 1, type);
        operands.mask = slot_source(builder, statement, 2, TYPE_B32);
        operands.d = operands.predicate = slot_destination(builder, statement, 0, type);
        emit_warp(builder, statement, &operands, WARP_REDUX_ADD + (unsigned)operation)->type =
                (uint8_t)type;
}

void build_activemask(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        struct warp_operands operands = { .mask = SLOT_TRUE };

        (void)self;
        if (statement_take_type(statement) != TYPE_B32)
                builder_fail_at(builder, statement->line, "activemask is .b32");
        if (!statement_expect_count(builder, statement, 1, 1))
                return;
        operands.d = operands.a = operands.predicate =
                slot_destination(builder, statement, 0, TYPE_B32);
        emit_warp(builder, statement, &operands, WARP_ACTIVE);
}

void build_elect(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        struct warp_operands operands;

        (void)self;
        if (!statement_take(statement, "sync"))
                builder_fail_at(builder, statement->line, "elect is .sync");
        if (!statement_expect_count(builder, statement, 2, 2))
                return;
        operands.mask = slot_source(builder, statement, 1, TYPE_B32);
        operands.d = operands.a = slot_destination(builder, statement, 0, TYPE_B32);
        operands.predicate = second_result(builder, statement);
        emit_warp(builder, statement, &operands, WARP_ELECT);
}
