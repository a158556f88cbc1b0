/* cvt: between which types, and which rounding PTX wants there. */
#include "rehearsal/build/convert.h"

#include "rehearsal/execute/convert.h"

struct conversion {
        enum ptx_type to, from;
        enum rounding round;
        unsigned flags;
};

static void take_conversion(struct statement *statement, struct conversion *conversion)
{
        static const char *const integral[] = { "rni", "rzi", "rmi", "rpi", NULL };
        int round = statement_take_one_of(statement, integral);

        *conversion = (struct conversion){ .round = ROUND_NONE };
        if (round >= 0) {
                conversion->round = (enum rounding)(round + 1);
                conversion->flags |= FLAG_INTEGRAL;
        } else if (statement_take(statement, "rna")) {
                conversion->round = ROUND_AWAY;
        } else {
                conversion->round = statement_take_rounding(statement);
        }
        if (statement_take(statement, "ftz"))
                conversion->flags |= FLAG_FTZ;
        if (statement_take(statement, "sat"))
                conversion->flags |= FLAG_SAT;
        if (statement_take(statement, "relu"))
                conversion->flags |= FLAG_RELU;
        conversion->to = statement_take_type(statement);
        conversion->from = statement_take_type(statement);
}

/* Bits behind the point that a float type keeps. */
static unsigned precision(enum ptx_type type)
{
        switch (type) {
        case TYPE_BF16:
                return 7;
        case TYPE_F16:
        case TYPE_TF32:
                return 10;
        case TYPE_F32:
                return 23;
        default:
                return 52;
        }
}

static bool loses_precision(const struct conversion *conversion)
{
        return precision(conversion->to) < precision(conversion->from);
}

/* Where PTX wants a rounding and which kind (9.7.9.21); a driver refuses the rest, so do we. */
static const char *rounding_complaint(const struct conversion *conversion)
{
        bool from_float = type_is_float(conversion->from), to_float = type_is_float(conversion->to);
        bool integral = conversion->flags & FLAG_INTEGRAL;

        if ((conversion->from == TYPE_BF16 && type_size(conversion->to) == 1) ||
                (conversion->to == TYPE_BF16 && type_size(conversion->from) == 1))
                return "cvt does not convert between .bf16 and 8 bits";
        if (from_float && !to_float && !integral)
                return "a float becomes an integer by .rni, .rzi, .rmi or .rpi";
        if (!from_float && to_float && (integral || conversion->round == ROUND_NONE))
                return "an integer becomes a float by .rn, .rz, .rm or .rp";
        if (!from_float && !to_float && conversion->round != ROUND_NONE)
                return "integers have no rounding";
        if (from_float && to_float && loses_precision(conversion) &&
                conversion->round == ROUND_NONE)
                return "a narrower float needs a rounding such as .rn";
        return NULL;
}

static bool is_scalar(enum ptx_type type)
{
        return type_is_integer(type) || type == TYPE_F16 || type == TYPE_BF16 || type == TYPE_F32 ||
               type == TYPE_F64;
}

/* Whether a conversion between integers fills bits with a sign: of the source, or of a result in a
 * wider register. */
static bool extends_sign(const struct conversion *conversion, unsigned width)
{
        return (type_is_signed(conversion->from) &&
                       type_size(conversion->to) > type_size(conversion->from)) ||
               (type_is_signed(conversion->to) && width > type_size(conversion->to));
}

static void emit_conversion(
        struct builder *builder, struct statement *statement, const struct conversion *conversion)
{
        const struct operand *target = &statement->operands[0];
        bool both_integers = type_is_integer(conversion->to) && type_is_integer(conversion->from);
        unsigned width = target->self.kind == OPERAND_REGISTER ? type_size(target->self.type) : 8;
        uint32_t a = slot_source_wider(builder, statement, 1, conversion->from);
        uint32_t d = slot_element_destination(builder, &target->self, conversion->to, true);
        struct insn *insn = statement_emit(builder, statement,
                !both_integers || conversion->flags ? execute_cvt
                : extends_sign(conversion, width)   ? execute_cvt_integer
                                                    : execute_cvt_bits);

        insn->d = d;
        insn->a = a;
        insn->type = (uint8_t)conversion->to;
        insn->from = (uint8_t)conversion->from;
        insn->round = (uint8_t)conversion->round;
        insn->flags = (uint8_t)conversion->flags;
        insn->width = (uint8_t)width;
        if (insn->execute == execute_cvt_bits)
                insn->index = type_mask(conversion->from) & type_mask(conversion->to);
}

/* cvt.rn.f16x2.f32 d, a, b */
static void build_cvt_two(
        struct builder *builder, struct statement *statement, const struct conversion *conversion)
{
        struct insn *insn = slots_emit(builder, statement,
                conversion->from == TYPE_F32 && conversion->round ? execute_cvt_two : NULL,
                TYPES(TYPE_B32, TYPE_F32, TYPE_F32));

        insn->type = (uint8_t)conversion->to;
        insn->round = (uint8_t)conversion->round;
        insn->flags = (uint8_t)conversion->flags;
}

/* cvt.pack.sat.u16.s32 d, a, b; cvt.pack.sat.u8.s32.b32 d, a, b, c */
static void build_cvt_pack(struct builder *builder, struct statement *statement)
{
        bool saturate = statement_take(statement, "sat");
        enum ptx_type to = statement_take_type(statement), from = statement_take_type(statement);
        bool with_third = statement_take(statement, "b32");
        uint32_t a, b, c, d;
        struct insn *insn;

        if (!statement_expect_count(builder, statement, with_third ? 4 : 3, with_third ? 4 : 3))
                return;
        a = slot_source(builder, statement, 1, TYPE_S32);
        b = slot_source(builder, statement, 2, TYPE_S32);
        c = with_third ? slot_source(builder, statement, 3, TYPE_B32) : slot_constant(builder, 0);
        d = slot_destination(builder, statement, 0, TYPE_B32);
        insn = statement_emit(builder, statement,
                saturate && from == TYPE_S32 && type_is_integer(to) && type_size(to) < 4
                        ? execute_cvt_pack
                        : NULL);
        insn->d = d;
        insn->a = a;
        insn->b = b;
        insn->c = c;
        insn->type = (uint8_t)to;
}

void build_cvt(struct builder *builder, struct statement *statement, const struct instruction *self)
{
        struct conversion conversion;
        const char *complaint;

        (void)self;
        if (statement_take(statement, "pack")) {
                build_cvt_pack(builder, statement);
                return;
        }
        take_conversion(statement, &conversion);
        if (conversion.to == TYPE_F16X2 || conversion.to == TYPE_BF16X2) {
                build_cvt_two(builder, statement, &conversion);
                return;
        }
        if (!(is_scalar(conversion.to) || conversion.to == TYPE_TF32) ||
                !is_scalar(conversion.from)) {
                builder_fail_at(builder, statement->line, "cvt does not convert .%s to .%s",
                        type_name(conversion.from), type_name(conversion.to));
                return;
        }
        complaint = rounding_complaint(&conversion);
        if (complaint)
                builder_fail_at(builder, statement->line, "%s", complaint);
        if (statement_expect_count(builder, statement, 2, 2))
                emit_conversion(builder, statement, &conversion);
}
