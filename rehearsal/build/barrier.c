/* bar and barrier. */
#include "rehearsal/build/barrier.h"

#include "rehearsal/build/warp.h"
#include "rehearsal/execute/barrier.h"

static void emit_barrier(struct builder *builder, struct statement *statement, execute_fn *execute,
        uint32_t first, unsigned kind)
{
        uint32_t with_count = first + (kind == BARRIER_SYNC ? 2 : 3);
        uint32_t a, b = SLOT_TRUE, c = SLOT_TRUE, d = 0;
        struct insn *insn;

        if (!statement_expect_count(builder, statement, with_count - 1, with_count))
                return;
        a = slot_source(builder, statement, first, TYPE_U32);
        if (statement->count == with_count)
                b = slot_source(builder, statement, first + 1, TYPE_U32);
        if (kind != BARRIER_SYNC) {
                c = slot_source(builder, statement, statement->count - 1, TYPE_PRED);
                d = slot_destination(
                        builder, statement, 0, kind == BARRIER_POPC ? TYPE_U32 : TYPE_PRED);
        }
        insn = statement_emit(builder, statement, execute);
        insn->a = a;
        insn->b = b;
        insn->c = c;
        insn->d = d;
        insn->detail = (uint8_t)kind;
}

static void build_barrier_operation(struct builder *builder, struct statement *statement)
{
        static const char *const operations[] = { "popc", "and", "or", NULL };
        int operation;

        statement_take(statement, "cta");
        statement_take(statement, "aligned");
        if (statement_take(statement, "sync")) {
                emit_barrier(builder, statement, execute_barrier, 0, BARRIER_SYNC);
        } else if (statement_take(statement, "arrive")) {
                if (statement_expect_count(builder, statement, 2, 2))
                        emit_barrier(builder, statement, execute_barrier_arrive, 0, BARRIER_SYNC);
        } else if (statement_take(statement, "red")) {
                operation = statement_take_one_of(statement, operations);
                statement_take_type(statement);
                if (operation < 0)
                        builder_fail_at(
                                builder, statement->line, "bar.red needs .popc, .and or .or");
                emit_barrier(builder, statement, execute_barrier, 1,
                        operation < 0 ? BARRIER_POPC : BARRIER_POPC + (unsigned)operation);
        } else {
                builder_fail_at(builder, statement->line, "a barrier is .sync, .arrive or .red");
        }
}

void build_barrier(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        (void)self;
        build_barrier_operation(builder, statement);
}

void build_bar(struct builder *builder, struct statement *statement, const struct instruction *self)
{
        (void)self;
        if (statement_take(statement, "warp"))
                build_warp_sync(builder, statement);
        else
                build_barrier_operation(builder, statement);
}
