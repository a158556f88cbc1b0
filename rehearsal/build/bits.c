/* Logic, shifts, bit fields. */
#include "rehearsal/build/bits.h"

#include "rehearsal/execute/bits.h"

/* All operands of one type. */
void build_logic(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        enum ptx_type type = statement_take_type(statement);

        slots_emit_alike(builder, statement, self->table[type], type, self->sources);
}

/* The amount has 32 bits whatever is shifted. */
void build_shift(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        enum ptx_type type = statement_take_type(statement);

        slots_emit(builder, statement, self->table[type], TYPES(type, type, TYPE_U32));
}

/* The result has 32 bits whatever is counted. */
static void build_to_u32(
        struct builder *builder, struct statement *statement, execute_fn *const *table)
{
        enum ptx_type type = statement_take_type(statement);

        slots_emit(builder, statement, table[type], TYPES(TYPE_U32, type));
}

void build_count(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        build_to_u32(builder, statement, self->table);
}

void build_find(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        build_to_u32(builder, statement,
                statement_take(statement, "shiftamt") ? table_bfind_shift : self->table);
}

void build_field_extract(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        enum ptx_type type = statement_take_type(statement);

        slots_emit(builder, statement, self->table[type], TYPES(type, type, TYPE_U32, TYPE_U32));
}

void build_field_insert(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        enum ptx_type type = statement_take_type(statement);
        uint32_t *list = builder_list(builder, 1);
        uint32_t d, a, b, c;
        struct insn *insn;

        if (!statement_expect_count(builder, statement, 5, 5))
                return;
        a = slot_source(builder, statement, 1, type);
        b = slot_source(builder, statement, 2, type);
        c = slot_source(builder, statement, 3, TYPE_U32);
        list[0] = slot_source(builder, statement, 4, TYPE_U32);
        d = slot_destination(builder, statement, 0, type);
        insn = statement_emit(builder, statement, self->table[type]);
        insn->d = d;
        insn->a = a;
        insn->b = b;
        insn->c = c;
        insn->list = list;
}

/* Three sources and a result of 32 bits. */
static struct insn *build_three(
        struct builder *builder, struct statement *statement, execute_fn *execute)
{
        uint32_t operands[4] = { 0, 0, 0, 0 };
        struct insn *insn;

        if (statement_expect_count(builder, statement, 4, 6)) {
                for (uint32_t i = 1; i < 4; i++)
                        operands[i] = slot_source(builder, statement, i, TYPE_B32);
                operands[0] = slot_destination(builder, statement, 0, TYPE_B32);
        }
        insn = statement_emit(builder, statement, execute);
        insn->d = operands[0];
        insn->a = operands[1];
        insn->b = operands[2];
        insn->c = operands[3];
        return insn;
}

void build_funnel(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        bool left = statement_take(statement, "l"), right = !left && statement_take(statement, "r");
        bool wrap = statement_take(statement, "wrap"),
             clamp = !wrap && statement_take(statement, "clamp");
        execute_fn *execute = NULL;

        (void)self;
        if (left && (wrap || clamp))
                execute = wrap ? execute_shf_l_wrap : execute_shf_l_clamp;
        else if (right && (wrap || clamp))
                execute = wrap ? execute_shf_r_wrap : execute_shf_r_clamp;
        if (statement_take_type(statement) != TYPE_B32)
                execute = NULL;
        statement_expect_count(builder, statement, 4, 4);
        build_three(builder, statement, execute);
}

void build_permute(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        static const char *const modes[] = { "f4e", "b4e", "rc8", "ecl", "ecr", "rc16", NULL };
        int mode = statement_take_one_of(statement, modes);
        bool is_b32 = statement_take_type(statement) == TYPE_B32;

        (void)self;
        statement_expect_count(builder, statement, 4, 4);
        build_three(builder, statement, is_b32 ? execute_prmt : NULL)->detail = (uint8_t)(mode + 1);
}

static uint64_t immediate(
        struct builder *builder, const struct statement *statement, uint32_t index)
{
        const struct operand *operand = &statement->operands[index];

        if (index >= statement->count || operand->self.kind != OPERAND_INTEGER) {
                builder_fail_at(
                        builder, statement->line, "expected a number as operand %u", index + 1);
                return 0;
        }
        return operand->self.value;
}

/* lop3.b32 d, a, b, c, table; lop3.or.b32 d|p, a, b, c, table, q. */
void build_lop3(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        bool is_and = statement_take(statement, "and"),
             is_or = !is_and && statement_take(statement, "or");
        bool is_b32 = statement_take_type(statement) == TYPE_B32, with_predicate = is_and || is_or;
        uint64_t table = immediate(builder, statement, 4);
        uint32_t *list = builder_list(builder, 2);
        struct insn *insn;

        (void)self;
        statement_expect_count(builder, statement, with_predicate ? 6 : 5, with_predicate ? 6 : 5);
        if (table > 255)
                builder_fail_at(builder, statement->line, "the table of lop3 has 8 bits");
        if (with_predicate) {
                list[0] = slot_element_destination(
                        builder, &statement->operands[0].second, TYPE_PRED, false);
                list[1] = slot_source(builder, statement, 5, TYPE_PRED);
        }
        insn = build_three(builder, statement,
                !is_b32          ? NULL
                : with_predicate ? execute_lop3_bool
                                 : execute_lop3);
        insn->detail = (uint8_t)table;
        insn->count = is_and;
        insn->list = list;
}

static void build_two(struct builder *builder, struct statement *statement, execute_fn *execute,
        enum ptx_type type, unsigned detail)
{
        struct insn *insn = slots_emit(builder, statement, execute, TYPES(type, type, TYPE_U32));

        insn->type = (uint8_t)type;
        insn->detail = (uint8_t)detail;
}

void build_szext(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        bool wrap = statement_take(statement, "wrap"),
             clamp = !wrap && statement_take(statement, "clamp");
        enum ptx_type type = statement_take_type(statement);
        bool fits = (wrap || clamp) && (type == TYPE_U32 || type == TYPE_S32);

        (void)self;
        build_two(builder, statement, fits ? execute_szext : NULL, type, wrap);
}

void build_bmsk(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        bool wrap = statement_take(statement, "wrap"),
             clamp = !wrap && statement_take(statement, "clamp");
        enum ptx_type type = statement_take_type(statement);
        bool fits = (wrap || clamp) && type == TYPE_B32;

        (void)self;
        build_two(builder, statement, fits ? execute_bmsk : NULL, type, wrap);
}

void build_fns(struct builder *builder, struct statement *statement, const struct instruction *self)
{
        enum ptx_type type = statement_take_type(statement);

        statement_expect_count(builder, statement, 4, 4);
        build_three(builder, statement, self->table[type]);
}

void build_testp(
        struct builder *builder, struct statement *statement, const struct instruction *self)
{
        static const char *const classes[] = { "finite", "infinite", "number", "notanumber",
                "normal", "subnormal", NULL };
        int class = statement_take_one_of(statement, classes);
        enum ptx_type type = statement_take_type(statement);
        struct insn *insn = slots_emit(
                builder, statement, class < 0 ? NULL : self->full[type], TYPES(TYPE_PRED, type));

        insn->detail = (uint8_t) class;
}
