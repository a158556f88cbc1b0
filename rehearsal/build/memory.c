/* Loads, stores, prefetches and copies. */
#include "rehearsal/build/memory.h"

#include "rehearsal/execute/memory.h"
#include "rehearsal/execute/move.h"

void memory_take_hints(struct statement *statement)
{
        static const char *const hints[] = { "weak", "volatile", "relaxed", "acquire", "release",
                "acq_rel", "mmio", "cta", "cluster", "gpu", "sys", "ca", "cg", "cs", "lu", "cv",
                "wb", "wt", "nc", "unified", "L1::evict_normal", "L1::evict_unchanged",
                "L1::evict_first", "L1::evict_last", "L1::no_allocate", "L2::evict_last",
                "L2::evict_normal", "L2::evict_first", "L2::64B", "L2::128B", "L2::256B", NULL };

        while (statement_take_one_of(statement, hints) >= 0)
                ;
}

static unsigned take_vector(struct statement *statement)
{
        static const char *const vectors[] = { "v2", "v4", "v8", NULL };
        int index = statement_take_one_of(statement, vectors);

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

static bool take_access(struct builder *builder, struct statement *statement, struct access *access)
{
        memory_take_hints(statement);
        access->space = statement_take_space(statement);
        access->count = take_vector(statement);
        access->type = statement_take_type(statement);
        access->width = 8;
        if (access->type == TYPE_NONE || access->type == TYPE_PRED ||
                type_size(access->type) * access->count > 32)
                builder_fail_at(
                        builder, statement->line, "this access has no type, or too wide a one");
        access->list = builder_list(builder, MAX_ELEMENTS);
        return statement_expect_count(builder, statement, 2, 2);
}

static bool check_vector(
        struct builder *builder, const struct operand *operand, const struct access *access)
{
        bool is_vector = operand->self.kind == OPERAND_VECTOR;

        if (access->count == (is_vector ? operand->count : 1))
                return true;
        builder_fail_at(builder, builder->line, "expected %u registers", access->count);
        return false;
}

static unsigned register_size(const struct operand_element *element)
{
        return element->kind == OPERAND_REGISTER ? type_size(element->type) : 8;
}

static void fill_loads(
        struct builder *builder, const struct statement *statement, struct access *access)
{
        const struct operand *target = &statement->operands[0];

        if (!check_vector(builder, target, access))
                return;
        for (unsigned i = 0; i < access->count; i++) {
                const struct operand_element *element =
                        target->self.kind == OPERAND_VECTOR ? &target->elements[i] : &target->self;

                access->list[i] = slot_element_destination(builder, element, access->type, true);
                access->width = register_size(element);
        }
}

static void fill_stores(
        struct builder *builder, const struct statement *statement, struct access *access)
{
        const struct operand *values = &statement->operands[1];

        if (!check_vector(builder, values, access))
                return;
        for (unsigned i = 0; i < access->count; i++) {
                const struct operand_element *element =
                        values->self.kind == OPERAND_VECTOR ? &values->elements[i] : &values->self;

                access->list[i] = slot_element_wider(builder, element, access->type);
        }
}

static void emit_access(struct builder *builder, const struct statement *statement,
        const struct access *access, execute_fn *execute)
{
        struct insn *insn = statement_emit(builder, statement, execute);

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
        const struct builder *builder, const struct statement *statement, struct access *access)
{
        const struct operand *operand = &statement->operands[1];
        const struct operand_element *base = &operand->elements[0];
        uint64_t offset;

        if (operand->self.kind != OPERAND_ADDRESS || base->kind != OPERAND_VARIABLE ||
                base->variable->space != SPACE_PARAM || access->count != 1)
                return false;
        offset = base->variable->address + operand->self.value;
        if (offset >= builder->function->param_size ||
                type_size(access->type) > builder->function->param_size - offset)
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

void build_load(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        struct access access;

        (void)self;
        if (!take_access(builder, statement, &access))
                return;
        fill_loads(builder, statement, &access);
        access.base = SLOT_TRUE;
        if (is_kernel_param(builder, statement, &access)) {
                emit_access(builder, statement, &access, execute_load_param);
                return;
        }
        access.base = slot_address(builder, statement, 1, access.space, &access.offset);
        emit_access(builder, statement, &access, fast_load(&access));
}

void build_store(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        struct access access;

        (void)self;
        if (!take_access(builder, statement, &access))
                return;
        if (access.space == SPACE_CONST)
                builder_fail_at(builder, statement->line, "constant memory cannot be written");
        fill_stores(builder, statement, &access);
        access.base = slot_address(builder, statement, 0, access.space, &access.offset);
        emit_access(builder, statement, &access, fast_store(&access));
}

/* --- what only makes things faster --- */

void build_prefetch(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        static const char *const levels[] = { "L1", "L2", "tensormap", "128B", NULL };
        int64_t offset;

        (void)self;
        memory_take_hints(statement);
        while (statement_take_one_of(statement, levels) >= 0)
                ;
        if (!statement_expect_count(builder, statement, 1, 2))
                return;
        slot_address(builder, statement, 0, statement_take_space(statement), &offset);
        statement_emit(builder, statement, execute_nop);
}

static uint64_t copy_size(struct builder *builder, const struct statement *statement)
{
        const struct operand *size = &statement->operands[2];

        if (size->self.kind == OPERAND_INTEGER &&
                (size->self.value == 4 || size->self.value == 8 || size->self.value == 16))
                return size->self.value;
        builder_fail_at(builder, statement->line, "cp.async copies 4, 8 or 16 bytes");
        return 4;
}

/* cp.async.ca.shared.global [to], [from], size{, bytes to read} */
static void build_copy(struct builder *builder, struct statement *statement)
{
        uint32_t to, from, length;
        int64_t to_offset = 0, from_offset = 0;
        uint32_t *list = builder_list(builder, 1);
        struct insn *insn;
        uint64_t size;

        memory_take_hints(statement);
        if (!statement_take(statement, "shared") && !statement_take(statement, "shared::cta") &&
                !statement_take(statement, "shared::cluster"))
                builder_fail_at(builder, statement->line, "cp.async copies to shared memory");
        statement_take(statement, "global");
        if (!statement_expect_count(builder, statement, 3, 4))
                return;
        size = copy_size(builder, statement);
        to = slot_address(builder, statement, 0, SPACE_SHARED, &to_offset);
        from = slot_address(builder, statement, 1, SPACE_GLOBAL, &from_offset);
        length = statement->count == 4 ? slot_source(builder, statement, 3, TYPE_U32)
                                       : slot_constant(builder, size);
        if (from_offset < INT32_MIN || from_offset > INT32_MAX)
                builder_fail_at(builder, statement->line, "the offset has more than 32 bits");
        list[0] = (uint32_t)(int32_t)from_offset;
        insn = statement_emit(builder, statement, execute_copy_async);
        insn->a = to;
        insn->b = from;
        insn->c = length;
        insn->offset = to_offset;
        insn->count = (uint8_t)size;
        insn->list = list;
}

void build_cp(struct builder *builder, struct statement *statement, const struct instruction *self)
{
        static const char *const waits[] = { "commit_group", "wait_group", "wait_all", NULL };

        (void)self;
        if (!statement_take(statement, "async")) {
                builder_fail_at(builder, statement->line, "of cp only cp.async is supported");
                return;
        }
        if (statement_take_one_of(statement, waits) >= 0)
                statement_emit(builder, statement, execute_nop);
        else
                build_copy(builder, statement);
}
