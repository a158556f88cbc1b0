/* Loads, stores, atomics, prefetches and copies. */
#include <string.h>

#include "rehearsal/build.h"
#include "rehearsal/execute/atomic.h"
#include "rehearsal/execute/memory.h"
#include "rehearsal/execute/move.h"

/* Caching and ordering change nothing where every access happens at once. */
static void take_hints(struct statement *statement)
{
        static const char *const hints[] = { "weak", "volatile", "relaxed", "acquire", "release",
                "acq_rel", "mmio", "cta", "cluster", "gpu", "sys", "ca", "cg", "cs", "lu", "cv",
                "wb", "wt", "nc", "unified", "L1::evict_normal", "L1::evict_unchanged",
                "L1::evict_first", "L1::evict_last", "L1::no_allocate", "L2::evict_last",
                "L2::evict_normal", "L2::evict_first", "L2::64B", "L2::128B", "L2::256B", NULL };

        while (take_one_of(statement, hints) >= 0)
                ;
}

static unsigned take_vector(struct statement *statement)
{
        static const char *const vectors[] = { "v2", "v4", "v8", NULL };
        int index = take_one_of(statement, vectors);

        return index < 0 ? 1 : 2u << index;
}

struct access {
        enum space space;
        unsigned count;
        enum ptx_type type;
        uint32_t base;
        int64_t offset;
        uint32_t *list; /* registers */
        unsigned width; /* of the destination register */
};

static bool take_access(struct parser *parser, struct statement *statement, struct access *access)
{
        take_hints(statement);
        access->space = take_space(statement);
        access->count = take_vector(statement);
        access->type = take_type(statement);
        access->width = 8;
        if (access->type == TYPE_NONE || access->type == TYPE_PRED ||
                type_size(access->type) * access->count > 32)
                fail_at(parser, statement->line, "this access has no type, or too wide a one");
        access->list = new_list(parser, MAX_ELEMENTS);
        return expect_count(parser, statement, 2, 2);
}

static bool check_vector(
        struct parser *parser, const struct operand *operand, const struct access *access)
{
        bool is_vector = operand->self.kind == OPERAND_VECTOR;

        if (access->count == (is_vector ? operand->count : 1))
                return true;
        fail_at(parser, parser->line, "expected %u registers", access->count);
        return false;
}

static unsigned register_size(const struct operand_element *element)
{
        return element->kind == OPERAND_REGISTER ? type_size(element->type) : 8;
}

static void fill_loads(
        struct parser *parser, const struct statement *statement, struct access *access)
{
        const struct operand *target = &statement->operands[0];

        if (!check_vector(parser, target, access))
                return;
        for (unsigned i = 0; i < access->count; i++) {
                const struct operand_element *element =
                        target->self.kind == OPERAND_VECTOR ? &target->elements[i] : &target->self;

                access->list[i] = element_destination(parser, element, access->type, true);
                access->width = register_size(element);
        }
}

static void fill_stores(
        struct parser *parser, const struct statement *statement, struct access *access)
{
        const struct operand *values = &statement->operands[1];

        if (!check_vector(parser, values, access))
                return;
        for (unsigned i = 0; i < access->count; i++) {
                const struct operand_element *element =
                        values->self.kind == OPERAND_VECTOR ? &values->elements[i] : &values->self;

                access->list[i] = element_source_wider(parser, element, access->type);
        }
}

static void emit_access(struct parser *parser, const struct statement *statement,
        const struct access *access, execute_fn *execute)
{
        struct insn *insn = emit(parser, statement, execute);

        insn->a = access->base;
        insn->b = insn->d = access->list[0];
        insn->offset = access->offset;
        insn->type = (uint8_t)access->type;
        insn->detail = (uint8_t)access->space;
        insn->count = (uint8_t)access->count;
        insn->width = (uint8_t)access->width;
        insn->list = access->list;
}

/* A kernel's own parameter by name: its place is known now. */
static bool is_kernel_param(
        const struct parser *parser, const struct statement *statement, struct access *access)
{
        const struct operand *operand = &statement->operands[1];
        const struct operand_element *base = &operand->elements[0];
        uint64_t offset;

        if (operand->self.kind != OPERAND_ADDRESS || base->kind != OPERAND_VARIABLE ||
                base->variable->space != SPACE_PARAM || access->count != 1)
                return false;
        offset = base->variable->address + operand->self.value;
        if (offset >= parser->function->param_size ||
                type_size(access->type) > parser->function->param_size - offset)
                return false;
        access->offset = (int64_t)offset;
        return true;
}

static execute_fn *fast_load(const struct access *access)
{
        unsigned size = type_size(access->type);

        if (access->count != 1 || type_is_signed(access->type))
                return execute_load;
        if (access->space == SPACE_GLOBAL && size == 4)
                return execute_load_global_4;
        if (access->space == SPACE_GLOBAL && size == 8)
                return execute_load_global_8;
        if (access->space == SPACE_SHARED && size == 4)
                return execute_load_shared_4;
        return execute_load;
}

static execute_fn *fast_store(const struct access *access)
{
        unsigned size = type_size(access->type);

        if (access->count != 1)
                return execute_store;
        if (access->space == SPACE_GLOBAL && size == 4)
                return execute_store_global_4;
        if (access->space == SPACE_GLOBAL && size == 8)
                return execute_store_global_8;
        if (access->space == SPACE_SHARED && size == 4)
                return execute_store_shared_4;
        return execute_store;
}

void build_load(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        struct access access;

        (void)self;
        if (!take_access(parser, statement, &access))
                return;
        fill_loads(parser, statement, &access);
        access.base = SLOT_TRUE;
        if (is_kernel_param(parser, statement, &access)) {
                emit_access(parser, statement, &access, execute_load_param);
                return;
        }
        access.base = address(parser, statement, 1, access.space, &access.offset);
        emit_access(parser, statement, &access, fast_load(&access));
}

void build_store(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        struct access access;

        (void)self;
        if (!take_access(parser, statement, &access))
                return;
        if (access.space == SPACE_CONST)
                fail_at(parser, statement->line, "constant memory cannot be written");
        fill_stores(parser, statement, &access);
        access.base = address(parser, statement, 0, access.space, &access.offset);
        emit_access(parser, statement, &access, fast_store(&access));
}

/* --- atomics --- */

struct atomic {
        enum space space;
        enum ptx_type type;
        const char *operation;
        uint32_t base, b, c;
        uint32_t *list; /* [0]: the offset */
};

static void take_atomic(struct parser *parser, struct statement *statement, struct atomic *atomic)
{
        static const char *const operations[] = { "add", "and", "or", "xor", "exch", "cas", "inc",
                "dec", "min", "max", NULL };
        int index;

        *atomic = (struct atomic){ .operation = "" };
        take_hints(statement);
        take(statement, "noftz");
        atomic->space = take_space(statement);
        index = take_one_of(statement, operations);
        if (index >= 0)
                atomic->operation = operations[index];
        atomic->type = take_type(statement);
        if (atomic->space != SPACE_GENERIC && atomic->space != SPACE_GLOBAL &&
                atomic->space != SPACE_SHARED)
                fail_at(parser, statement->line, "atomics are for global and shared memory");
}

/* `first` is the index of the address operand. */
static void emit_atomic(struct parser *parser, struct statement *statement, struct atomic *atomic,
        uint32_t first, execute_fn *execute)
{
        bool is_cas = strcmp(atomic->operation, "cas") == 0;
        atomic_fn *change = atomic_find(atomic->operation, atomic->type);
        uint32_t count = first + (is_cas ? 3 : 2);
        int64_t offset = 0;
        uint32_t d = 0;
        struct insn *insn;

        if (!expect_count(parser, statement, count, count))
                return;
        atomic->list = new_list(parser, 1);
        atomic->base = address(parser, statement, first, atomic->space, &offset);
        if (offset < INT32_MIN || offset > INT32_MAX) {
                uint32_t slot = new_slot(parser, 0);

                insn = emit_unguarded(parser, execute_add_offset);
                insn->d = slot;
                insn->a = atomic->base;
                insn->offset = offset;
                atomic->base = slot;
                offset = 0;
        }
        atomic->list[0] = (uint32_t)(int32_t)offset;
        atomic->b = source(parser, statement, first + 1, atomic->type);
        atomic->c = is_cas ? source(parser, statement, first + 2, atomic->type) : SLOT_TRUE;
        if (first)
                d = destination(parser, statement, 0, atomic->type);
        insn = emit(parser, statement, change ? execute : NULL);
        insn->d = d;
        insn->a = atomic->base;
        insn->b = atomic->b;
        insn->c = atomic->c;
        insn->type = (uint8_t)atomic->type;
        insn->detail = (uint8_t)atomic->space;
        insn->change = change;
        insn->list = atomic->list;
}

void build_atom(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        struct atomic atomic;

        (void)self;
        take_atomic(parser, statement, &atomic);
        emit_atomic(parser, statement, &atomic, 1, execute_atom);
}

void build_red(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        struct atomic atomic;

        (void)self;
        take_atomic(parser, statement, &atomic);
        if (strcmp(atomic.operation, "exch") == 0 || strcmp(atomic.operation, "cas") == 0)
                fail_at(parser, statement->line, "red has no .%s", atomic.operation);
        emit_atomic(parser, statement, &atomic, 0, execute_red);
}

/* --- what only makes things faster --- */

void build_prefetch(
        struct parser *parser, struct statement *statement, const struct instruction *self)
{
        static const char *const levels[] = { "L1", "L2", "tensormap", "128B", NULL };
        int64_t offset;

        (void)self;
        take_hints(statement);
        while (take_one_of(statement, levels) >= 0)
                ;
        if (!expect_count(parser, statement, 1, 2))
                return;
        address(parser, statement, 0, take_space(statement), &offset);
        emit(parser, statement, execute_nop);
}

static uint64_t copy_size(struct parser *parser, const struct statement *statement)
{
        const struct operand *size = &statement->operands[2];

        if (size->self.kind == OPERAND_INTEGER &&
                (size->self.value == 4 || size->self.value == 8 || size->self.value == 16))
                return size->self.value;
        fail_at(parser, statement->line, "cp.async copies 4, 8 or 16 bytes");
        return 4;
}

/* cp.async.ca.shared.global [to], [from], size{, bytes to read} */
static void build_copy(struct parser *parser, struct statement *statement)
{
        uint32_t to, from, length;
        int64_t to_offset = 0, from_offset = 0;
        uint32_t *list = new_list(parser, 1);
        struct insn *insn;
        uint64_t size;

        take_hints(statement);
        if (!take(statement, "shared") && !take(statement, "shared::cta") &&
                !take(statement, "shared::cluster"))
                fail_at(parser, statement->line, "cp.async copies to shared memory");
        take(statement, "global");
        if (!expect_count(parser, statement, 3, 4))
                return;
        size = copy_size(parser, statement);
        to = address(parser, statement, 0, SPACE_SHARED, &to_offset);
        from = address(parser, statement, 1, SPACE_GLOBAL, &from_offset);
        length = statement->count == 4 ? source(parser, statement, 3, TYPE_U32)
                                       : constant_slot(parser, size);
        if (from_offset < INT32_MIN || from_offset > INT32_MAX)
                fail_at(parser, statement->line, "the offset has more than 32 bits");
        list[0] = (uint32_t)(int32_t)from_offset;
        insn = emit(parser, statement, execute_copy_async);
        insn->a = to;
        insn->b = from;
        insn->c = length;
        insn->offset = to_offset;
        insn->count = (uint8_t)size;
        insn->list = list;
}

void build_cp(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        static const char *const waits[] = { "commit_group", "wait_group", "wait_all", NULL };

        (void)self;
        if (!take(statement, "async")) {
                fail_at(parser, statement->line, "of cp only cp.async is supported");
                return;
        }
        if (take_one_of(statement, waits) >= 0)
                emit(parser, statement, execute_nop);
        else
                build_copy(parser, statement);
}
