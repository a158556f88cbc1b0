/* Arithmetic of floats: types, rounding and flags to the operation that does exactly that. */
#include "rehearsal/build/float.h"

#include "rehearsal/execute/approximate.h"
#include "rehearsal/execute/float.h"

static void fill(struct builder *builder, struct statement *statement, execute_fn *execute,
        enum ptx_type type, unsigned sources, unsigned flags, enum rounding round)
{
        struct insn *insn = slots_emit_alike(builder, statement, execute, type, sources);

        insn->flags = (uint8_t)flags;
        insn->round = (uint8_t)round;
}

static unsigned take_flags(struct statement *statement, unsigned allowed)
{
        unsigned flags = 0;

        if (allowed & ALLOW_FTZ && statement_take(statement, "ftz"))
                flags |= FLAG_FTZ;
        if (allowed & ALLOW_SAT && statement_take(statement, "sat"))
                flags |= FLAG_SAT;
        if (allowed & ALLOW_NAN && statement_take(statement, "NaN"))
                flags |= FLAG_NAN;
        if (allowed & ALLOW_RELU && statement_take(statement, "relu"))
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

void build_float(struct builder *builder, struct statement *statement,
        const struct instruction *self, enum ptx_type type)
{
        unsigned flags = take_flags(statement, self->allowed);
        enum rounding round =
                self->allowed & ALLOW_ROUND ? statement_take_rounding(statement) : ROUND_NONE;
        bool approximate =
                self->allowed & ALLOW_APPROX &&
                (statement_take(statement, "approx") || statement_take(statement, "full"));
        bool is_plain = !flags && round <= ROUND_NEAREST && operation_of(self->plain, type);

        if (self->allowed & NEED_ROUND && round == ROUND_NONE && !approximate)
                builder_fail_at(
                        builder, statement->line, "'%s' needs a rounding such as .rn", self->name);
        if (statement_take(statement, "noftz") && type != TYPE_F16)
                builder_fail_at(builder, statement->line, ".noftz is for atomics");
        if (flags & FLAG_FTZ && type == TYPE_F64) {
                fill(builder, statement, approximate ? gross_operation(self) : NULL, type, 1, 0,
                        ROUND_NONE);
                return;
        }
        fill(builder, statement, operation_of(is_plain ? self->plain : self->full, type), type,
                self->sources, flags, round);
}

/* sin, cos, ex2, …: .approx is all there is. */
void build_approximate(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        enum ptx_type type = statement_take_type(statement);
        unsigned flags = take_flags(statement, self->allowed);

        if (!statement_take(statement, "approx"))
                builder_fail_at(builder, statement->line, "'%s' needs .approx", self->name);
        fill(builder, statement,
                flags && type == TYPE_F64 ? gross_operation(self) : operation_of(self->full, type),
                type, 1, flags, ROUND_NONE);
}
