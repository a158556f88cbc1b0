/* Arithmetic: types, rounding and flags to the operation that does exactly that. */
#include "rehearsal/build.h"
#include "rehearsal/execute/approximate.h"
#include "rehearsal/execute/float.h"
#include "rehearsal/execute/integer.h"

/* The result, then up to three sources, all of one type. */
static void fill(struct parser *parser, struct statement *statement, execute_fn *execute,
        enum ptx_type type, unsigned sources, unsigned flags, enum rounding round)
{
        uint32_t d, a = 0, b = 0, c = 0;
        struct insn *insn;

        if (!expect_count(parser, statement, sources + 1, sources + 1))
                return;
        a = source(parser, statement, 1, type);
        if (sources > 1)
                b = source(parser, statement, 2, type);
        if (sources > 2)
                c = source(parser, statement, 3, type);
        d = destination(parser, statement, 0, type);
        insn = emit(parser, statement, execute);
        insn->d = d;
        insn->a = a;
        insn->b = b;
        insn->c = c;
        insn->type = (uint8_t)type;
        insn->flags = (uint8_t)flags;
        insn->round = (uint8_t)round;
}

static execute_fn *look_up(execute_fn *const *table, enum ptx_type type)
{
        return table ? table[type] : NULL;
}

static unsigned take_flags(struct statement *statement, unsigned allowed)
{
        unsigned flags = 0;

        if (allowed & ALLOW_FTZ && take(statement, "ftz"))
                flags |= FLAG_FTZ;
        if (allowed & ALLOW_SAT && take(statement, "sat"))
                flags |= FLAG_SAT;
        if (allowed & ALLOW_NAN && take(statement, "NaN"))
                flags |= FLAG_NAN;
        if (allowed & ALLOW_RELU && take(statement, "relu"))
                flags |= FLAG_RELU;
        return flags;
}

/* rcp.approx.ftz.f64 and rsqrt.approx.ftz.f64 work on the upper 32 bits: a kind of their own. */
static execute_fn *gross_operation(const struct instruction *self)
{
        return self->full == full_rcp      ? execute_gross_rcp
               : self->full == table_rsqrt ? execute_gross_rsqrt
                                           : NULL;
}

static void build_float(struct parser *parser, struct statement *statement,
        const struct instruction *self, enum ptx_type type)
{
        unsigned flags = take_flags(statement, self->allowed);
        enum rounding round = self->allowed & ALLOW_ROUND ? take_rounding(statement) : ROUND_NONE;
        bool approximate = self->allowed & ALLOW_APPROX &&
                           (take(statement, "approx") || take(statement, "full"));
        bool is_plain = !flags && round <= ROUND_NEAREST && look_up(self->plain, type);

        if (self->allowed & NEED_ROUND && round == ROUND_NONE && !approximate)
                fail_at(parser, statement->line, "'%s' needs a rounding such as .rn", self->name);
        if (take(statement, "noftz") && type != TYPE_F16)
                fail_at(parser, statement->line, ".noftz is for atomics");
        if (flags & FLAG_FTZ && type == TYPE_F64) {
                fill(parser, statement, approximate ? gross_operation(self) : NULL, type, 1, 0,
                        ROUND_NONE);
                return;
        }
        fill(parser, statement, look_up(is_plain ? self->plain : self->full, type), type,
                self->sources, flags, round);
}

void build_arithmetic(
        struct parser *parser, struct statement *statement, const struct instruction *self)
{
        enum ptx_type type = take_type(statement);

        if (type_is_float(type))
                build_float(parser, statement, self, type);
        else
                fill(parser, statement, look_up(self->table, type), type, self->sources, 0,
                        ROUND_NONE);
}

/* sin, cos, ex2, …: .approx is all there is. */
void build_approximate(
        struct parser *parser, struct statement *statement, const struct instruction *self)
{
        enum ptx_type type = take_type(statement);
        unsigned flags = take_flags(statement, self->allowed);

        if (!take(statement, "approx"))
                fail_at(parser, statement->line, "'%s' needs .approx", self->name);
        fill(parser, statement,
                flags && type == TYPE_F64 ? gross_operation(self) : look_up(self->full, type), type,
                1, flags, ROUND_NONE);
}

static void build_carry_of(struct parser *parser, struct statement *statement,
        execute_fn *const *table, unsigned sources, unsigned flags)
{
        enum ptx_type type = take_type(statement);

        if (take(statement, "cc"))
                flags |= FLAG_CC_OUT;
        fill(parser, statement, look_up(table, type), type, sources, flags, ROUND_NONE);
}

static bool has_modifier(struct statement *statement, const char *word)
{
        uint32_t taken = statement->taken;
        bool found = take(statement, word);

        statement->taken = taken;
        return found;
}

/* add and sub; detail 1 for sub. */
void build_add(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        enum ptx_type type;

        if (has_modifier(statement, "cc")) {
                build_carry_of(
                        parser, statement, self->detail ? table_sub_carry : table_add_carry, 2, 0);
                return;
        }
        type = take_type(statement);
        if (type_is_float(type)) {
                build_float(parser, statement, self, type);
                return;
        }

        execute_fn *const *table = self->table;

        if (take(statement, "sat"))
                table = self->detail ? table_sub_sat : table_add_sat;
        fill(parser, statement, look_up(table, type), type, 2, 0, ROUND_NONE);
}

/* addc, subc, madc. */
void build_carry(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        execute_fn *const *table = self->table;

        if (!table)
                table = take(statement, "hi")   ? table_mad_hi_carry
                        : take(statement, "lo") ? table_mad_lo_carry
                                                : NULL;
        build_carry_of(parser, statement, table, self->sources, self->detail);
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

static void build_wide(struct parser *parser, struct statement *statement, execute_fn *const *table,
        unsigned sources)
{
        enum ptx_type type = take_type(statement), wide = twice_as_wide(type);
        uint32_t d, a, b, c = 0;
        struct insn *insn;

        if (wide == TYPE_NONE) {
                fail_at(parser, statement->line, ".wide is for 16 and 32 bits");
                return;
        }
        if (!expect_count(parser, statement, sources + 1, sources + 1))
                return;
        a = source(parser, statement, 1, type);
        b = source(parser, statement, 2, type);
        if (sources == 3)
                c = source(parser, statement, 3, wide);
        d = destination(parser, statement, 0, wide);
        insn = emit(parser, statement, look_up(table, type));
        insn->d = d;
        insn->a = a;
        insn->b = b;
        insn->c = c;
}

/* mul and mad; detail is the number of sources. */
void build_multiply(
        struct parser *parser, struct statement *statement, const struct instruction *self)
{
        bool is_mad = self->detail == 3;
        execute_fn *const *table = NULL;
        enum ptx_type type;

        if (take(statement, "wide")) {
                build_wide(
                        parser, statement, is_mad ? table_mad_wide : table_mul_wide, self->sources);
                return;
        }
        if (take(statement, "lo"))
                table = is_mad ? table_mad_lo : table_mul_lo;
        else if (take(statement, "hi"))
                table = is_mad ? table_mad_hi : table_mul_hi;
        if (table && is_mad && has_modifier(statement, "cc")) {
                build_carry_of(parser, statement,
                        table == table_mad_hi ? table_mad_hi_carry : table_mad_lo_carry, 3, 0);
                return;
        }
        type = take_type(statement);
        if (type_is_float(type) && !table) {
                build_float(parser, statement, self, type);
                return;
        }
        if (table == table_mad_hi && take(statement, "sat"))
                table = table_mad_hi_sat;
        fill(parser, statement, look_up(table, type), type, self->sources, 0, ROUND_NONE);
}

void build_mul24(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        bool is_mad = self->detail == 3;
        execute_fn *const *table = NULL;
        enum ptx_type type = take_type(statement);

        if (take(statement, "lo"))
                table = is_mad ? table_mad24_lo : table_mul24_lo;
        else if (take(statement, "hi"))
                table = is_mad ? table_mad24_hi : table_mul24_hi;
        if (table == table_mad24_hi && take(statement, "sat"))
                table = table_mad24_hi_sat;
        fill(parser, statement, look_up(table, type), type, self->sources, 0, ROUND_NONE);
}

/* dp4a.atype.btype, dp2a.mode.atype.btype: the sum is signed if either factor is. */
void build_dot(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        execute_fn *const *table = self->table;
        enum ptx_type a_type, b_type, type;
        uint32_t operands[4];
        struct insn *insn;

        if (!table)
                table = take(statement, "hi")   ? table_dp2a_hi
                        : take(statement, "lo") ? table_dp2a_lo
                                                : NULL;
        a_type = take_type(statement);
        b_type = take_type(statement);
        type = a_type == TYPE_U32 && b_type == TYPE_U32 ? TYPE_U32 : TYPE_S32;
        if (!expect_count(parser, statement, 4, 4))
                return;
        operands[1] = source(parser, statement, 1, a_type);
        operands[2] = source(parser, statement, 2, b_type);
        operands[3] = source(parser, statement, 3, type);
        operands[0] = destination(parser, statement, 0, type);
        insn = emit(parser, statement,
                look_up(table, a_type) && look_up(table, b_type) ? table[type] : NULL);
        insn->d = operands[0];
        insn->a = operands[1];
        insn->b = operands[2];
        insn->c = operands[3];
        insn->from = (uint8_t)a_type;
        insn->detail = (uint8_t)b_type;
}
