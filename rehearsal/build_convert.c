/* cvt: between which types, and which rounding PTX wants there. */
#include "rehearsal/build.h"
#include "rehearsal/execute/convert.h"

struct conversion {
        enum ptx_type to, from;
        enum rounding round;
        unsigned flags;
};

static void take_conversion(struct statement *statement, struct conversion *conversion)
{
        static const char *const integral[] = { "rni", "rzi", "rmi", "rpi", NULL };
        int round = take_one_of(statement, integral);

        *conversion = (struct conversion){ .round = ROUND_NONE };
        if (round >= 0) {
                conversion->round = (enum rounding)(round + 1);
                conversion->flags |= FLAG_INTEGRAL;
        } else if (take(statement, "rna")) {
                conversion->round = ROUND_AWAY;
        } else {
                conversion->round = take_rounding(statement);
        }
        if (take(statement, "ftz"))
                conversion->flags |= FLAG_FTZ;
        if (take(statement, "sat"))
                conversion->flags |= FLAG_SAT;
        if (take(statement, "relu"))
                conversion->flags |= FLAG_RELU;
        conversion->to = take_type(statement);
        conversion->from = take_type(statement);
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

static void emit_conversion(
        struct parser *parser, struct statement *statement, const struct conversion *conversion)
{
        const struct operand *target = &statement->operands[0];
        bool both_integers = type_is_integer(conversion->to) && type_is_integer(conversion->from);
        uint32_t a = source_wider(parser, statement, 1, conversion->from);
        uint32_t d = element_destination(parser, &target->self, conversion->to, true);
        struct insn *insn = emit(parser, statement,
                both_integers && !conversion->flags ? execute_cvt_integer : execute_cvt);

        insn->d = d;
        insn->a = a;
        insn->type = (uint8_t)conversion->to;
        insn->from = (uint8_t)conversion->from;
        insn->round = (uint8_t)conversion->round;
        insn->flags = (uint8_t)conversion->flags;
        insn->width =
                (uint8_t)(target->self.kind == OPERAND_REGISTER ? type_size(target->self.type) : 8);
}

/* cvt.rn.f16x2.f32 d, a, b */
static void build_cvt_two(
        struct parser *parser, struct statement *statement, const struct conversion *conversion)
{
        uint32_t a, b, d;
        struct insn *insn;

        if (!expect_count(parser, statement, 3, 3))
                return;
        a = source(parser, statement, 1, TYPE_F32);
        b = source(parser, statement, 2, TYPE_F32);
        d = destination(parser, statement, 0, TYPE_B32);
        insn = emit(parser, statement,
                conversion->from == TYPE_F32 && conversion->round ? execute_cvt_two : NULL);
        insn->d = d;
        insn->a = a;
        insn->b = b;
        insn->type = (uint8_t)conversion->to;
        insn->round = (uint8_t)conversion->round;
        insn->flags = (uint8_t)conversion->flags;
}

/* cvt.pack.sat.u16.s32 d, a, b; cvt.pack.sat.u8.s32.b32 d, a, b, c */
static void build_cvt_pack(struct parser *parser, struct statement *statement)
{
        bool saturate = take(statement, "sat");
        enum ptx_type to = take_type(statement), from = take_type(statement);
        bool with_third = take(statement, "b32");
        uint32_t a, b, c, d;
        struct insn *insn;

        if (!expect_count(parser, statement, with_third ? 4 : 3, with_third ? 4 : 3))
                return;
        a = source(parser, statement, 1, TYPE_S32);
        b = source(parser, statement, 2, TYPE_S32);
        c = with_third ? source(parser, statement, 3, TYPE_B32) : constant_slot(parser, 0);
        d = destination(parser, statement, 0, TYPE_B32);
        insn = emit(parser, statement,
                saturate && from == TYPE_S32 && type_is_integer(to) && type_size(to) < 4
                        ? execute_cvt_pack
                        : NULL);
        insn->d = d;
        insn->a = a;
        insn->b = b;
        insn->c = c;
        insn->type = (uint8_t)to;
}

void build_cvt(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        struct conversion conversion;
        const char *complaint;

        (void)self;
        if (take(statement, "pack")) {
                build_cvt_pack(parser, statement);
                return;
        }
        take_conversion(statement, &conversion);
        if (conversion.to == TYPE_F16X2 || conversion.to == TYPE_BF16X2) {
                build_cvt_two(parser, statement, &conversion);
                return;
        }
        if (!(is_scalar(conversion.to) || conversion.to == TYPE_TF32) ||
                !is_scalar(conversion.from)) {
                fail_at(parser, statement->line, "cvt does not convert .%s to .%s",
                        type_name(conversion.from), type_name(conversion.to));
                return;
        }
        complaint = rounding_complaint(&conversion);
        if (complaint)
                fail_at(parser, statement->line, "%s", complaint);
        if (expect_count(parser, statement, 2, 2))
                emit_conversion(parser, statement, &conversion);
}
