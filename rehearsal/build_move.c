/* Moves, conversions, comparisons, selections. */
#include "rehearsal/build.h"

/* --- mov --- */

static enum ptx_type element_type(struct parser *parser, enum ptx_type type, uint32_t count)
{
        static const enum ptx_type bits[] = { [1] = TYPE_B8, [2] = TYPE_B16, [4] = TYPE_B32 };
        unsigned size = count ? type_size(type) / count : 0;

        if ((size != 1 && size != 2 && size != 4) || size * count != type_size(type)) {
                fail_at(parser, parser->line, "%u elements do not make a .%s", count,
                        type_name(type));
                return TYPE_B32;
        }
        return bits[size];
}

static void build_unpack(struct parser *parser, struct statement *statement, enum ptx_type type)
{
        const struct operand *vector = &statement->operands[0];
        enum ptx_type element = element_type(parser, type, vector->count);
        uint32_t *list = new_list(parser, MAX_ELEMENTS);
        uint32_t a = source(parser, statement, 1, type);
        struct insn *insn;

        for (uint32_t i = 0; i < vector->count; i++)
                list[i] = element_destination(parser, &vector->elements[i], element, false);
        insn = emit(parser, statement, execute_unpack);
        insn->a = a;
        insn->list = list;
        insn->count = (uint8_t)vector->count;
        insn->width = (uint8_t)type_size(element);
}

static void build_pack(struct parser *parser, struct statement *statement, enum ptx_type type)
{
        const struct operand *vector = &statement->operands[1];
        enum ptx_type element = element_type(parser, type, vector->count);
        uint32_t *list = new_list(parser, MAX_ELEMENTS);
        struct insn *insn;
        uint32_t d;

        for (uint32_t i = 0; i < vector->count; i++)
                list[i] = element_source(parser, &vector->elements[i], element);
        d = destination(parser, statement, 0, type);
        insn = emit(parser, statement, execute_pack);
        insn->d = d;
        insn->list = list;
        insn->count = (uint8_t)vector->count;
        insn->width = (uint8_t)type_size(element);
}

void build_mov(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        enum ptx_type type = take_type(statement);
        uint32_t d, a;
        struct insn *insn;

        (void)self;
        if (!expect_count(parser, statement, 2, 2))
                return;
        if (statement->operands[0].self.kind == OPERAND_VECTOR) {
                build_unpack(parser, statement, type);
        } else if (statement->operands[1].self.kind == OPERAND_VECTOR) {
                build_pack(parser, statement, type);
        } else {
                a = source(parser, statement, 1, type);
                d = destination(parser, statement, 0, type);
                insn = emit(parser, statement, type == TYPE_NONE ? NULL : execute_mov);
                insn->d = d;
                insn->a = a;
        }
}

/* --- cvt --- */

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

/* --- comparisons --- */

static compare_fn *take_comparison(struct statement *statement, enum ptx_type type)
{
        for (uint32_t i = 0; i < statement->modifier_count; i++) {
                const struct token *word = &statement->modifiers[i];
                compare_fn *compare = compare_find(word->text, word->length, type);

                if (compare && !(statement->taken & (1u << i))) {
                        statement->taken |= 1u << i;
                        return compare;
                }
        }
        return NULL;
}

struct comparison {
        compare_fn *compare;
        enum ptx_type type; /* of what is compared */
        unsigned combine;   /* 0, or .and .or .xor with a third predicate */
        unsigned flags;
};

static void take_comparison_modifiers(
        struct statement *statement, enum ptx_type type, struct comparison *comparison)
{
        static const char *const combinations[] = { "and", "or", "xor", NULL };

        comparison->type = type;
        comparison->compare = take_comparison(statement, type);
        comparison->combine = (unsigned)(take_one_of(statement, combinations) + 1);
        comparison->flags =
                (type == TYPE_F32 || type == TYPE_F16) && take(statement, "ftz") ? FLAG_FTZ : 0;
}

/* list: where the opposite result goes, and the predicate to combine with. */
static void fill_comparison(struct parser *parser, struct statement *statement,
        struct comparison *comparison, execute_fn *execute, uint32_t d, uint32_t opposite)
{
        uint32_t count = comparison->combine ? 4 : 3;
        uint32_t *list = new_list(parser, 2);
        uint32_t a, b;
        struct insn *insn;

        if (!expect_count(parser, statement, count, count))
                return;
        a = source(parser, statement, 1, comparison->type);
        b = source(parser, statement, 2, comparison->type);
        list[0] = opposite;
        list[1] = comparison->combine ? source(parser, statement, 3, TYPE_PRED) : SLOT_TRUE;
        insn = emit(parser, statement, comparison->compare ? execute : NULL);
        insn->d = d;
        insn->a = a;
        insn->b = b;
        insn->from = (uint8_t)comparison->type;
        insn->detail = (uint8_t)comparison->combine;
        insn->flags = (uint8_t)comparison->flags;
        insn->compare = comparison->compare;
        insn->list = list;
}

void build_setp(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        const struct operand *result = &statement->operands[0];
        bool has_opposite;
        struct comparison comparison;
        execute_fn *execute;
        uint32_t d, opposite;

        (void)self;
        take_comparison_modifiers(statement, take_type(statement), &comparison);
        if (!expect_count(parser, statement, 3, 4))
                return;
        has_opposite = result->second.kind != OPERAND_NONE;
        d = destination(parser, statement, 0, TYPE_PRED);
        opposite = has_opposite ? element_destination(parser, &result->second, TYPE_PRED, false)
                                : new_slot(parser, 0);
        execute = comparison.flags ? NULL : compare_execute(comparison.compare);
        if (!execute)
                execute = execute_setp;
        if (has_opposite || comparison.combine)
                execute = execute_setp_bool;
        fill_comparison(parser, statement, &comparison, execute, d, opposite);
}

void build_set(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        enum ptx_type to = take_type(statement), from = take_type(statement);
        struct comparison comparison;
        uint32_t d;

        (void)self;
        take_comparison_modifiers(statement, from, &comparison);
        d = destination(parser, statement, 0, to);
        if (to != TYPE_U32 && to != TYPE_S32 && to != TYPE_F32 && to != TYPE_F16 &&
                to != TYPE_BF16 && to != TYPE_U16 && to != TYPE_S16)
                comparison.compare = NULL;

        uint32_t before = parser->insn_count;

        fill_comparison(parser, statement, &comparison, execute_set, d, SLOT_TRUE);
        if (!parser->failed && parser->insn_count > before)
                parser->insns[parser->insn_count - 1].type = (uint8_t)to;
}

/* --- selections --- */

static void fill_selection(struct parser *parser, struct statement *statement, execute_fn *execute,
        enum ptx_type type, enum ptx_type selector, unsigned flags)
{
        uint32_t a, b, c, d;
        struct insn *insn;

        if (!expect_count(parser, statement, 4, 4))
                return;
        a = source(parser, statement, 1, type);
        b = source(parser, statement, 2, type);
        c = source(parser, statement, 3, selector);
        d = destination(parser, statement, 0, type);
        insn = emit(parser, statement, execute);
        insn->d = d;
        insn->a = a;
        insn->b = b;
        insn->c = c;
        insn->flags = (uint8_t)flags;
}

void build_selp(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        enum ptx_type type = take_type(statement);
        bool fits = table_slct_s32[type] != NULL;

        (void)self;
        fill_selection(parser, statement, fits ? execute_selp : NULL, type, TYPE_PRED, 0);
}

void build_slct(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        unsigned flags = take(statement, "ftz") ? FLAG_FTZ : 0;
        enum ptx_type type = take_type(statement), selector = take_type(statement);
        execute_fn *execute = selector == TYPE_S32   ? table_slct_s32[type]
                              : selector == TYPE_F32 ? table_slct_f32[type]
                                                     : NULL;

        (void)self;
        fill_selection(parser, statement, execute, type, selector, flags);
}

/* --- addresses --- */

void build_cvta(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        bool to_space = take(statement, "to");
        enum space space = take_space(statement);
        enum ptx_type type = take_type(statement);
        uint32_t a, d;
        struct insn *insn;

        (void)self;
        if (space == SPACE_GENERIC || (type != TYPE_U64 && type != TYPE_U32)) {
                fail_at(parser, statement->line, "cvta needs a space and .u64");
                return;
        }
        if (!expect_count(parser, statement, 2, 2))
                return;
        a = source(parser, statement, 1, type);
        d = destination(parser, statement, 0, type);
        insn = emit(parser, statement, to_space ? execute_from_generic : execute_to_generic);
        insn->d = d;
        insn->a = a;
        insn->detail = (uint8_t)space;
        insn->width = (uint8_t)type_size(type);
}

void build_isspacep(
        struct parser *parser, struct statement *statement, const struct instruction *self)
{
        enum space space = take_space(statement);
        uint32_t a, d;
        struct insn *insn;

        (void)self;
        if (space == SPACE_GENERIC || !expect_count(parser, statement, 2, 2)) {
                fail_at(parser, statement->line, "isspacep needs a space");
                return;
        }
        a = source(parser, statement, 1, TYPE_U64);
        d = destination(parser, statement, 0, TYPE_PRED);
        insn = emit(parser, statement, execute_is_space);
        insn->d = d;
        insn->a = a;
        insn->detail = (uint8_t)space;
}
