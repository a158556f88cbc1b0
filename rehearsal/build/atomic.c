/* atom and red. */
#include "rehearsal/build/atomic.h"

#include <string.h>

#include "rehearsal/build/memory.h"
#include "rehearsal/execute/atomic.h"
#include "rehearsal/execute/move.h"

struct atomic {
        enum space space;
        enum ptx_type type;
        const char *operation;
        uint32_t base, b, c;
        uint32_t *list; /* [0]: the offset */
};

static void take_atomic(struct builder *builder, struct statement *statement, struct atomic *atomic)
{
        static const char *const operations[] = { "add", "and", "or", "xor", "exch", "cas", "inc",
                "dec", "min", "max", NULL };
        int index;

        *atomic = (struct atomic){ .operation = "" };
        memory_take_hints(statement);
        statement_take(statement, "noftz");
        atomic->space = statement_take_space(statement);
        index = statement_take_one_of(statement, operations);
        if (index >= 0)
                atomic->operation = operations[index];
        atomic->type = statement_take_type(statement);
        if (atomic->space != SPACE_GENERIC && atomic->space != SPACE_GLOBAL &&
                atomic->space != SPACE_SHARED)
                builder_fail_at(
                        builder, statement->line, "atomics are for global and shared memory");
}

/* `first` is the index of the address operand. */
static void emit_atomic(struct builder *builder, struct statement *statement, struct atomic *atomic,
        uint32_t first, execute_fn *execute)
{
        bool is_cas = strcmp(atomic->operation, "cas") == 0;
        atomic_fn *change = atomic_find(atomic->operation, atomic->type);
        uint32_t count = first + (is_cas ? 3 : 2);
        int64_t offset = 0;
        uint32_t d = 0;
        struct insn *insn;

        if (!statement_expect_count(builder, statement, count, count))
                return;
        atomic->list = builder_list(builder, 1);
        atomic->base = slot_address(builder, statement, first, atomic->space, &offset);
        if (offset < INT32_MIN || offset > INT32_MAX) {
                uint32_t slot = slot_new(builder, 0);

                insn = builder_append(builder, execute_add_offset);
                insn->d = slot;
                insn->a = atomic->base;
                insn->offset = offset;
                atomic->base = slot;
                offset = 0;
        }
        atomic->list[0] = (uint32_t)(int32_t)offset;
        atomic->b = slot_source(builder, statement, first + 1, atomic->type);
        atomic->c = is_cas ? slot_source(builder, statement, first + 2, atomic->type) : SLOT_TRUE;
        if (first)
                d = slot_destination(builder, statement, 0, atomic->type);
        insn = statement_emit(builder, statement, change ? execute : NULL);
        insn->d = d;
        insn->a = atomic->base;
        insn->b = atomic->b;
        insn->c = atomic->c;
        insn->type = (uint8_t)atomic->type;
        insn->detail = (uint8_t)atomic->space;
        insn->change = change;
        insn->list = atomic->list;
}

void build_atom(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        struct atomic atomic;

        (void)self;
        take_atomic(builder, statement, &atomic);
        emit_atomic(builder, statement, &atomic, 1, execute_atom);
}

void build_red(struct builder *builder, struct statement *statement, const struct instruction *self)
{
        struct atomic atomic;

        (void)self;
        take_atomic(builder, statement, &atomic);
        if (strcmp(atomic.operation, "exch") == 0 || strcmp(atomic.operation, "cas") == 0)
                builder_fail_at(builder, statement->line, "red has no .%s", atomic.operation);
        emit_atomic(builder, statement, &atomic, 0, execute_red);
}
