/* Branches, barriers and what the lanes of a warp do together. */
#include "rehearsal/build.h"
#include "rehearsal/execute/barrier.h"
#include "rehearsal/execute/call.h"
#include "rehearsal/execute/control.h"
#include "rehearsal/execute/move.h"
#include "rehearsal/execute/warp.h"

/* --- branches --- */

static void add_fixup(struct parser *parser, const struct token *label, uint32_t insn)
{
        struct fixup *fixup = arena_alloc(&parser->program->arena, sizeof(*fixup));
        uint32_t depth = parser->symbols.depth;

        if (!fixup) {
                no_memory(parser);
                return;
        }
        fixup->label = *label;
        fixup->insn = insn;
        fixup->next = parser->fixups[depth];
        parser->fixups[depth] = fixup;
}

void build_bra(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        const struct operand_element *label = &statement->operands[0].self;
        struct insn *insn;

        (void)self;
        take(statement, "uni");
        if (!expect_count(parser, statement, 1, 1))
                return;
        if (label->kind != OPERAND_NAME) {
                fail_at(parser, statement->line, "a branch goes to a label");
                return;
        }
        insn = emit(parser, statement, execute_branch);
        insn->flags = FLAG_BRANCH;
        if (!parser->failed)
                add_fixup(parser, &label->name, parser->insn_count - 1);
}

void build_brx(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        const struct symbol *list;
        struct insn *insn;
        uint32_t a;

        (void)self;
        take(statement, "uni");
        if (!take(statement, "idx") || !expect_count(parser, statement, 2, 2)) {
                fail_at(parser, statement->line, "of brx only brx.idx is supported");
                return;
        }
        a = source(parser, statement, 0, TYPE_U32);
        list = statement->operands[1].self.kind == OPERAND_NAME
                       ? find_symbol(parser, &statement->operands[1].self.name)
                       : NULL;
        if (!list || list->kind != SYMBOL_TARGETS) {
                fail_at(parser, statement->line, "brx.idx needs a .branchtargets list");
                return;
        }
        insn = emit(parser, statement, execute_branch_index);
        insn->a = a;
        insn->targets = list->targets;
}

/* No operands; detail says which. */
void build_simple(
        struct parser *parser, struct statement *statement, const struct instruction *self)
{
        execute_fn *execute = self->detail == 'e'   ? execute_exit
                              : self->detail == 'r' ? execute_return
                              : self->detail == 't' ? execute_trap
                                                    : execute_nop;

        take(statement, "uni");
        expect_count(parser, statement, 0, 0);
        emit(parser, statement, execute);
}

/* Memory is always in order here: every modifier is as good as any other. */
void build_fence(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        static const char *const words[] = { "cta", "gl", "sys", "gpu", "cluster", "sc", "acq_rel",
                "acquire", "release", "proxy", "alias", "async", "async::generic", "mbarrier_init",
                "launch_dependents", "wait", "mask", NULL };

        (void)self;
        while (take_one_of(statement, words) >= 0)
                ;
        emit(parser, statement, execute_nop);
}

void build_nanosleep(
        struct parser *parser, struct statement *statement, const struct instruction *self)
{
        (void)self;
        if (take_type(statement) != TYPE_U32)
                fail_at(parser, statement->line, "nanosleep counts in .u32");
        source(parser, statement, 0, TYPE_U32);
        emit(parser, statement, execute_nanosleep);
}

/* --- barriers --- */

static void emit_barrier(struct parser *parser, struct statement *statement, execute_fn *execute,
        uint32_t first, unsigned kind)
{
        uint32_t with_count = first + (kind == BARRIER_SYNC ? 2 : 3);
        uint32_t a, b = SLOT_TRUE, c = SLOT_TRUE, d = 0;
        struct insn *insn;

        if (!expect_count(parser, statement, with_count - 1, with_count))
                return;
        a = source(parser, statement, first, TYPE_U32);
        if (statement->count == with_count)
                b = source(parser, statement, first + 1, TYPE_U32);
        if (kind != BARRIER_SYNC) {
                c = source(parser, statement, statement->count - 1, TYPE_PRED);
                d = destination(parser, statement, 0, kind == BARRIER_POPC ? TYPE_U32 : TYPE_PRED);
        }
        insn = emit(parser, statement, execute);
        insn->a = a;
        insn->b = b;
        insn->c = c;
        insn->d = d;
        insn->detail = (uint8_t)kind;
}

static void build_barrier_operation(struct parser *parser, struct statement *statement)
{
        static const char *const operations[] = { "popc", "and", "or", NULL };
        int operation;

        take(statement, "cta");
        take(statement, "aligned");
        if (take(statement, "sync")) {
                emit_barrier(parser, statement, execute_barrier, 0, BARRIER_SYNC);
        } else if (take(statement, "arrive")) {
                if (expect_count(parser, statement, 2, 2))
                        emit_barrier(parser, statement, execute_barrier_arrive, 0, BARRIER_SYNC);
        } else if (take(statement, "red")) {
                operation = take_one_of(statement, operations);
                take_type(statement);
                if (operation < 0)
                        fail_at(parser, statement->line, "bar.red needs .popc, .and or .or");
                emit_barrier(parser, statement, execute_barrier, 1,
                        operation < 0 ? BARRIER_POPC : BARRIER_POPC + (unsigned)operation);
        } else {
                fail_at(parser, statement->line, "a barrier is .sync, .arrive or .red");
        }
}

void build_barrier(
        struct parser *parser, struct statement *statement, const struct instruction *self)
{
        (void)self;
        build_barrier_operation(parser, statement);
}

/* --- warps --- */

/* The result and its predicate, a value and the membership mask; more is the caller's. */
struct warp_operands {
        uint32_t d, a;
        uint32_t mask;      /* SLOT_TRUE: whoever has come */
        uint32_t predicate; /* a slot nobody reads when there is none */
};

static struct insn *emit_warp(struct parser *parser, struct statement *statement,
        const struct warp_operands *operands, unsigned kind)
{
        uint32_t *list = new_list(parser, 2);
        struct insn *insn;

        list[0] = operands->mask;
        list[1] = operands->predicate;
        insn = emit(parser, statement, execute_warp);
        insn->d = operands->d;
        insn->a = operands->a;
        insn->detail = (uint8_t)kind;
        insn->list = list;
        return insn;
}

static uint32_t second_result(struct parser *parser, const struct statement *statement)
{
        const struct operand_element *second = &statement->operands[0].second;

        if (!statement->count || second->kind == OPERAND_NONE)
                return new_slot(parser, 0);
        return element_destination(parser, second, TYPE_PRED, false);
}

void build_bar(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        struct warp_operands operands = { .d = 0 };

        (void)self;
        if (!take(statement, "warp")) {
                build_barrier_operation(parser, statement);
                return;
        }
        if (!take(statement, "sync") || !expect_count(parser, statement, 1, 1)) {
                fail_at(parser, statement->line, "of bar.warp only bar.warp.sync is known");
                return;
        }
        operands.mask = source(parser, statement, 0, TYPE_B32);
        operands.d = operands.a = operands.predicate = new_slot(parser, 0);
        emit_warp(parser, statement, &operands, WARP_SYNC);
}

void build_shfl(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        static const char *const modes[] = { "up", "down", "bfly", "idx", NULL };
        bool sync = take(statement, "sync");
        int mode = take_one_of(statement, modes);
        uint32_t count = sync ? 5 : 4, b, c;
        struct warp_operands operands;
        struct insn *insn;

        (void)self;
        if (mode < 0 || take_type(statement) != TYPE_B32)
                fail_at(parser, statement->line, "shfl needs a mode and .b32");
        if (!expect_count(parser, statement, count, count))
                return;
        operands.a = source(parser, statement, 1, TYPE_B32);
        b = source(parser, statement, 2, TYPE_U32);
        c = source(parser, statement, 3, TYPE_U32);
        operands.mask = sync ? source(parser, statement, 4, TYPE_B32) : SLOT_TRUE;
        operands.d = destination(parser, statement, 0, TYPE_B32);
        operands.predicate = second_result(parser, statement);
        insn = emit_warp(parser, statement, &operands, WARP_SHFL_UP + (unsigned)mode);
        insn->b = b;
        insn->c = c;
}

void build_vote(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        static const char *const modes[] = { "all", "any", "uni", "ballot", NULL };
        bool sync = take(statement, "sync");
        int mode = take_one_of(statement, modes);
        enum ptx_type type = mode == 3 ? TYPE_B32 : TYPE_PRED;
        struct warp_operands operands;

        (void)self;
        if (mode < 0 || take_type(statement) != type)
                fail_at(parser, statement->line,
                        "vote needs a mode, and .pred, or .b32 for ballot");
        if (!expect_count(parser, statement, sync ? 3 : 2, sync ? 3 : 2))
                return;
        operands.a = source(parser, statement, 1, TYPE_PRED);
        operands.mask = sync ? source(parser, statement, 2, TYPE_B32) : SLOT_TRUE;
        operands.d = destination(parser, statement, 0, type);
        operands.predicate = operands.d;
        emit_warp(parser, statement, &operands, WARP_VOTE_ALL + (unsigned)mode);
}

void build_match(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        static const char *const modes[] = { "any", "all", NULL };
        int mode = take_one_of(statement, modes);
        bool sync = take(statement, "sync");
        enum ptx_type type = take_type(statement);
        struct warp_operands operands;

        (void)self;
        if (mode < 0 || !sync || (type != TYPE_B32 && type != TYPE_B64))
                fail_at(parser, statement->line, "match needs .any or .all, .sync, .b32 or .b64");
        if (!expect_count(parser, statement, 3, 3))
                return;
        operands.a = source(parser, statement, 1, type);
        operands.mask = source(parser, statement, 2, TYPE_B32);
        operands.d = destination(parser, statement, 0, TYPE_B32);
        operands.predicate = second_result(parser, statement);
        emit_warp(parser, statement, &operands, WARP_MATCH_ANY + (unsigned)mode);
}

void build_redux(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        static const char *const operations[] = { "add", "min", "max", "and", "or", "xor", NULL };
        bool sync = take(statement, "sync");
        int operation = take_one_of(statement, operations);
        enum ptx_type type = take_type(statement);
        bool fits = operation < 3 ? type == TYPE_U32 || type == TYPE_S32 : type == TYPE_B32;
        struct warp_operands operands;

        (void)self;
        if (operation < 0 || !sync || !fits)
                fail_at(parser, statement->line, "redux.sync does not have this operation");
        if (!expect_count(parser, statement, 3, 3))
                return;
        operands.a = source(parser, statement, 1, type);
        operands.mask = source(parser, statement, 2, TYPE_B32);
        operands.d = operands.predicate = destination(parser, statement, 0, type);
        emit_warp(parser, statement, &operands, WARP_REDUX_ADD + (unsigned)operation)->type =
                (uint8_t)type;
}

void build_activemask(
        struct parser *parser, struct statement *statement, const struct instruction *self)
{
        struct warp_operands operands = { .mask = SLOT_TRUE };

        (void)self;
        if (take_type(statement) != TYPE_B32)
                fail_at(parser, statement->line, "activemask is .b32");
        if (!expect_count(parser, statement, 1, 1))
                return;
        operands.d = operands.a = operands.predicate = destination(parser, statement, 0, TYPE_B32);
        emit_warp(parser, statement, &operands, WARP_ACTIVE);
}

void build_elect(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        struct warp_operands operands;

        (void)self;
        if (!take(statement, "sync"))
                fail_at(parser, statement->line, "elect is .sync");
        if (!expect_count(parser, statement, 2, 2))
                return;
        operands.mask = source(parser, statement, 1, TYPE_B32);
        operands.d = operands.a = destination(parser, statement, 0, TYPE_B32);
        operands.predicate = second_result(parser, statement);
        emit_warp(parser, statement, &operands, WARP_ELECT);
}
