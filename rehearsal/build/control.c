/* Branches, fences, and what has no operands. */
#include "rehearsal/build/control.h"

#include "rehearsal/execute/call.h"
#include "rehearsal/execute/control.h"
#include "rehearsal/execute/move.h"

void build_bra(struct builder *builder, struct statement *statement, const struct instruction *self)
{
        const struct operand_element *label = &statement->operands[0].self;
        struct insn *insn;

        (void)self;
        statement_take(statement, "uni");
        if (!statement_expect_count(builder, statement, 1, 1))
                return;
        if (label->kind != OPERAND_NAME) {
                builder_fail_at(builder, statement->line, "a branch goes to a label");
                return;
        }
        insn = statement_emit(builder, statement, execute_branch);
        insn->flags = FLAG_BRANCH;
        if (!builder->failed)
                builder_fixup(builder, &label->name, NULL);
}

void build_brx(struct builder *builder, struct statement *statement, const struct instruction *self)
{
        const struct symbol *list;
        struct insn *insn;
        uint32_t a;

        (void)self;
        statement_take(statement, "uni");
        if (!statement_take(statement, "idx") ||
                !statement_expect_count(builder, statement, 2, 2)) {
                builder_fail_at(builder, statement->line, "of brx only brx.idx is supported");
                return;
        }
        a = slot_source(builder, statement, 0, TYPE_U32);
        list = statement->operands[1].self.kind == OPERAND_NAME
                       ? builder_find(builder, &statement->operands[1].self.name)
                       : NULL;
        if (!list || list->kind != SYMBOL_TARGETS) {
                builder_fail_at(builder, statement->line, "brx.idx needs a .branchtargets list");
                return;
        }
        insn = statement_emit(builder, statement, execute_branch_index);
        insn->a = a;
        insn->targets = list->targets;
}

/* No operands; detail says which. */
void build_simple(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        execute_fn *execute = self->detail == 'e'   ? execute_exit
                              : self->detail == 'r' ? execute_return
                              : self->detail == 't' ? execute_trap
                                                    : execute_nop;

        statement_take(statement, "uni");
        statement_expect_count(builder, statement, 0, 0);
        statement_emit(builder, statement, execute);
}

/* Memory is always in order here: every modifier is as good as any other. */
void build_fence(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        static const char *const words[] = { "cta", "gl", "sys", "gpu", "cluster", "sc", "acq_rel",
                "acquire", "release", "proxy", "alias", "async", "async::generic", "mbarrier_init",
                "launch_dependents", "wait", "mask", NULL };

        (void)self;
        while (statement_take_one_of(statement, words) >= 0)
                ;
        statement_emit(builder, statement, execute_nop);
}

void build_nanosleep(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        (void)self;
        if (statement_take_type(statement) != TYPE_U32)
                builder_fail_at(builder, statement->line, "nanosleep counts in .u32");
        slot_source(builder, statement, 0, TYPE_U32);
        statement_emit(builder, statement, execute_nanosleep);
}
