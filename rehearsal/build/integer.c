/* Arithmetic of integers, and of the mnemonics that floats share with them. */
#include "rehearsal/build/integer.h"

#include "rehearsal/build/float.h"
#include "rehearsal/execute/integer.h"

void build_arithmetic(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        enum ptx_type type = statement_take_type(statement);

        if (type_is_float(type))
                build_float(builder, statement, self, type);
        else
                slots_emit_alike(
                        builder, statement, operation_of(self->table, type), type, self->sources);
}

static void build_carry_of(struct builder *builder, struct statement *statement,
        execute_fn *const *table, unsigned sources, unsigned flags)
{
        enum ptx_type type = statement_take_type(statement);

        if (statement_take(statement, "cc"))
                flags |= FLAG_CC_OUT;
        slots_emit_alike(builder, statement, operation_of(table, type), type, sources)->flags =
                (uint8_t)flags;
}

/* add and sub; detail 1 for sub. */
void build_add(struct builder *builder, struct statement *statement, const struct instruction *self)
{
        enum ptx_type type;

        if (statement_has(statement, "cc")) {
                build_carry_of(
                        builder, statement, self->detail ? table_sub_carry : table_add_carry, 2, 0);
                return;
        }
        type = statement_take_type(statement);
        if (type_is_float(type)) {
                build_float(builder, statement, self, type);
                return;
        }

        execute_fn *const *table = self->table;

        if (statement_take(statement, "sat"))
                table = self->detail ? table_sub_sat : table_add_sat;
        slots_emit_alike(builder, statement, operation_of(table, type), type, 2);
}

/* addc, subc, madc. */
void build_carry(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        execute_fn *const *table = self->table;

        if (!table)
                table = statement_take(statement, "hi")   ? table_mad_hi_carry
                        : statement_take(statement, "lo") ? table_mad_lo_carry
                                                          : NULL;
        build_carry_of(builder, statement, table, self->sources, self->detail);
}

static enum ptx_type twice_as_wide(enum ptx_type type)
{
        switch (type) {
        case TYPE_U16:
                return TYPE_U32;
        case TYPE_S16:
                return TYPE_S32;
        case TYPE_U32:
                return TYPE_U64;
        case TYPE_S32:
                return TYPE_S64;
        default:
                return TYPE_NONE;
        }
}

static void build_wide(struct builder *builder, struct statement *statement,
        execute_fn *const *table, unsigned sources)
{
        enum ptx_type type = statement_take_type(statement), wide = twice_as_wide(type);
        const enum ptx_type types[] = { wide, type, type, wide };

        if (wide == TYPE_NONE)
                builder_fail_at(builder, statement->line, ".wide is for 16 and 32 bits");
        else
                slots_emit(builder, statement, operation_of(table, type), sources + 1, types);
}

/* mul and mad; detail is the number of sources. */
void build_multiply(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        bool is_mad = self->detail == 3;
        execute_fn *const *table = NULL;
        enum ptx_type type;

        if (statement_take(statement, "wide")) {
                build_wide(builder, statement, is_mad ? table_mad_wide : table_mul_wide,
                        self->sources);
                return;
        }
        if (statement_take(statement, "lo"))
                table = is_mad ? table_mad_lo : table_mul_lo;
        else if (statement_take(statement, "hi"))
                table = is_mad ? table_mad_hi : table_mul_hi;
        if (table && is_mad && statement_has(statement, "cc")) {
                build_carry_of(builder, statement,
                        table == table_mad_hi ? table_mad_hi_carry : table_mad_lo_carry, 3, 0);
                return;
        }
        type = statement_take_type(statement);
        if (type_is_float(type) && !table) {
                build_float(builder, statement, self, type);
                return;
        }
        if (table == table_mad_hi && statement_take(statement, "sat"))
                table = table_mad_hi_sat;
        slots_emit_alike(builder, statement, operation_of(table, type), type, self->sources);
}

void build_mul24(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        bool is_mad = self->detail == 3;
        execute_fn *const *table = NULL;
        enum ptx_type type = statement_take_type(statement);

        if (statement_take(statement, "lo"))
                table = is_mad ? table_mad24_lo : table_mul24_lo;
        else if (statement_take(statement, "hi"))
                table = is_mad ? table_mad24_hi : table_mul24_hi;
        if (table == table_mad24_hi && statement_take(statement, "sat"))
                table = table_mad24_hi_sat;
        slots_emit_alike(builder, statement, operation_of(table, type), type, self->sources);
}

/* dp4a.atype.btype, dp2a.mode.atype.btype: the sum is signed if either factor is. */
void build_dot(struct builder *builder, struct statement *statement, const struct instruction *self)
{
        execute_fn *const *table = self->table;
        enum ptx_type a_type, b_type, type;
        struct insn *insn;

        if (!table)
                table = statement_take(statement, "hi")   ? table_dp2a_hi
                        : statement_take(statement, "lo") ? table_dp2a_lo
                                                          : NULL;
        a_type = statement_take_type(statement);
        b_type = statement_take_type(statement);
        type = a_type == TYPE_U32 && b_type == TYPE_U32 ? TYPE_U32 : TYPE_S32;
        insn = slots_emit(builder, statement,
                operation_of(table, a_type) && operation_of(table, b_type) ? table[type] : NULL,
                TYPES(type, a_type, b_type, type));
        insn->from = (uint8_t)a_type;
        insn->detail = (uint8_t)b_type;
}
