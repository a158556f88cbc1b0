/* Moves, selections, address conversions. */
#include "rehearsal/build/move.h"

#include "rehearsal/execute/memory.h"
#include "rehearsal/execute/move.h"

/* --- mov --- */

static enum ptx_type element_type(struct builder *builder, enum ptx_type type, uint32_t count)
{
        static const enum ptx_type bits[] = { [1] = TYPE_B8, [2] = TYPE_B16, [4] = TYPE_B32 };
        unsigned size = count ? type_size(type) / count : 0;

        if ((size != 1 && size != 2 && size != 4) || size * count != type_size(type)) {
                builder_fail_at(builder, builder->line, "%u elements do not make a .%s", count,
                        type_name(type));
                return TYPE_B32;
        }
        return bits[size];
}

static void build_unpack(struct builder *builder, struct statement *statement, enum ptx_type type)
{
        const struct operand *vector = &statement->operands[0];
        enum ptx_type element = element_type(builder, type, vector->count);
        uint32_t *list = builder_list(builder, MAX_ELEMENTS);
        uint32_t a = slot_source(builder, statement, 1, type);
        struct insn *insn;

        for (uint32_t i = 0; i < vector->count; i++)
                list[i] = slot_element_destination(builder, &vector->elements[i], element, false);
        insn = statement_emit(builder, statement, execute_unpack);
        insn->a = a;
        insn->list = list;
        insn->count = (uint8_t)vector->count;
        insn->width = (uint8_t)type_size(element);
}

static void build_pack(struct builder *builder, struct statement *statement, enum ptx_type type)
{
        const struct operand *vector = &statement->operands[1];
        enum ptx_type element = element_type(builder, type, vector->count);
        uint32_t *list = builder_list(builder, MAX_ELEMENTS);
        struct insn *insn;
        uint32_t d;

        for (uint32_t i = 0; i < vector->count; i++)
                list[i] = slot_element(builder, &vector->elements[i], element);
        d = slot_destination(builder, statement, 0, type);
        insn = statement_emit(builder, statement, execute_pack);
        insn->d = d;
        insn->list = list;
        insn->count = (uint8_t)vector->count;
        insn->width = (uint8_t)type_size(element);
}

void build_mov(struct builder *builder, struct statement *statement, const struct instruction *self)
{
        enum ptx_type type = statement_take_type(statement);

        (void)self;
        if (!statement_expect_count(builder, statement, 2, 2))
                return;
        if (statement->operands[0].self.kind == OPERAND_VECTOR) {
                build_unpack(builder, statement, type);
        } else if (statement->operands[1].self.kind == OPERAND_VECTOR) {
                build_pack(builder, statement, type);
        } else {
                slots_emit(builder, statement, type == TYPE_NONE ? NULL : execute_mov,
                        TYPES(type, type));
        }
}

/* --- selections --- */

static struct insn *emit_selection(struct builder *builder, struct statement *statement,
        execute_fn *execute, enum ptx_type type, enum ptx_type selector)
{
        return slots_emit(builder, statement, execute, TYPES(type, type, type, selector));
}

void build_selp(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        enum ptx_type type = statement_take_type(statement);
        bool fits = table_slct_s32[type] != NULL;

        (void)self;
        emit_selection(builder, statement, fits ? execute_selp : NULL, type, TYPE_PRED);
}

void build_slct(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        unsigned flags = statement_take(statement, "ftz") ? FLAG_FTZ : 0;
        enum ptx_type type = statement_take_type(statement),
                      selector = statement_take_type(statement);
        execute_fn *execute = selector == TYPE_S32   ? table_slct_s32[type]
                              : selector == TYPE_F32 ? table_slct_f32[type]
                                                     : NULL;

        (void)self;
        emit_selection(builder, statement, execute, type, selector)->flags = (uint8_t)flags;
}

/* --- addresses --- */

void build_cvta(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        bool to_space = statement_take(statement, "to");
        enum space space = statement_take_space(statement);
        enum ptx_type type = statement_take_type(statement);
        struct insn *insn;

        (void)self;
        if (space == SPACE_GENERIC || (type != TYPE_U64 && type != TYPE_U32)) {
                builder_fail_at(builder, statement->line, "cvta needs a space and .u64");
                return;
        }
        insn = slots_emit(builder, statement, to_space ? execute_from_generic : execute_to_generic,
                TYPES(type, type));
        insn->detail = (uint8_t)space;
        insn->width = (uint8_t)type_size(type);
}

void build_isspacep(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        enum space space = statement_take_space(statement);

        (void)self;
        if (space == SPACE_GENERIC || !statement_expect_count(builder, statement, 2, 2)) {
                builder_fail_at(builder, statement->line, "isspacep needs a space");
                return;
        }
        slots_emit(builder, statement, execute_is_space, TYPES(TYPE_PRED, TYPE_U64))->detail =
                (uint8_t)space;
}
