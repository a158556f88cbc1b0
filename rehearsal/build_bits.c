/* Logic, shifts, bit fields. */
#include "rehearsal/build.h"
#include "rehearsal/execute/bits.h"

/* All operands of one type. */
void build_logic(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        enum ptx_type type = take_type(statement);
        uint32_t d, a, b = 0;
        struct insn *insn;

        if (!expect_count(parser, statement, self->sources + 1, self->sources + 1))
                return;
        a = source(parser, statement, 1, type);
        if (self->sources == 2)
                b = source(parser, statement, 2, type);
        d = destination(parser, statement, 0, type);
        insn = emit(parser, statement, self->table[type]);
        insn->d = d;
        insn->a = a;
        insn->b = b;
}

/* The amount has 32 bits whatever is shifted. */
void build_shift(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        enum ptx_type type = take_type(statement);
        uint32_t d, a, b;
        struct insn *insn;

        if (!expect_count(parser, statement, 3, 3))
                return;
        a = source(parser, statement, 1, type);
        b = source(parser, statement, 2, TYPE_U32);
        d = destination(parser, statement, 0, type);
        insn = emit(parser, statement, self->table[type]);
        insn->d = d;
        insn->a = a;
        insn->b = b;
}

/* The result has 32 bits whatever is counted. */
static void build_to_u32(
        struct parser *parser, struct statement *statement, execute_fn *const *table)
{
        enum ptx_type type = take_type(statement);
        uint32_t d, a;
        struct insn *insn;

        if (!expect_count(parser, statement, 2, 2))
                return;
        a = source(parser, statement, 1, type);
        d = destination(parser, statement, 0, TYPE_U32);
        insn = emit(parser, statement, table[type]);
        insn->d = d;
        insn->a = a;
}

void build_count(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        build_to_u32(parser, statement, self->table);
}

void build_find(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        build_to_u32(
                parser, statement, take(statement, "shiftamt") ? table_bfind_shift : self->table);
}

void build_field_extract(
        struct parser *parser, struct statement *statement, const struct instruction *self)
{
        enum ptx_type type = take_type(statement);
        uint32_t d, a, b, c;
        struct insn *insn;

        if (!expect_count(parser, statement, 4, 4))
                return;
        a = source(parser, statement, 1, type);
        b = source(parser, statement, 2, TYPE_U32);
        c = source(parser, statement, 3, TYPE_U32);
        d = destination(parser, statement, 0, type);
        insn = emit(parser, statement, self->table[type]);
        insn->d = d;
        insn->a = a;
        insn->b = b;
        insn->c = c;
}

void build_field_insert(
        struct parser *parser, struct statement *statement, const struct instruction *self)
{
        enum ptx_type type = take_type(statement);
        uint32_t *list = new_list(parser, 1);
        uint32_t d, a, b, c;
        struct insn *insn;

        if (!expect_count(parser, statement, 5, 5))
                return;
        a = source(parser, statement, 1, type);
        b = source(parser, statement, 2, type);
        c = source(parser, statement, 3, TYPE_U32);
        list[0] = source(parser, statement, 4, TYPE_U32);
        d = destination(parser, statement, 0, type);
        insn = emit(parser, statement, self->table[type]);
        insn->d = d;
        insn->a = a;
        insn->b = b;
        insn->c = c;
        insn->list = list;
}

/* Three sources and a result of 32 bits. */
static struct insn *build_three(
        struct parser *parser, struct statement *statement, execute_fn *execute)
{
        uint32_t operands[4] = { 0, 0, 0, 0 };
        struct insn *insn;

        if (expect_count(parser, statement, 4, 6)) {
                for (uint32_t i = 1; i < 4; i++)
                        operands[i] = source(parser, statement, i, TYPE_B32);
                operands[0] = destination(parser, statement, 0, TYPE_B32);
        }
        insn = emit(parser, statement, execute);
        insn->d = operands[0];
        insn->a = operands[1];
        insn->b = operands[2];
        insn->c = operands[3];
        return insn;
}

void build_funnel(
        struct parser *parser, struct statement *statement, const struct instruction *self)
{
        bool left = take(statement, "l"), right = !left && take(statement, "r");
        bool wrap = take(statement, "wrap"), clamp = !wrap && take(statement, "clamp");
        execute_fn *execute = NULL;

        (void)self;
        if (left && (wrap || clamp))
                execute = wrap ? execute_shf_l_wrap : execute_shf_l_clamp;
        else if (right && (wrap || clamp))
                execute = wrap ? execute_shf_r_wrap : execute_shf_r_clamp;
        if (take_type(statement) != TYPE_B32)
                execute = NULL;
        expect_count(parser, statement, 4, 4);
        build_three(parser, statement, execute);
}

void build_permute(
        struct parser *parser, struct statement *statement, const struct instruction *self)
{
        static const char *const modes[] = { "f4e", "b4e", "rc8", "ecl", "ecr", "rc16", NULL };
        int mode = take_one_of(statement, modes);
        bool is_b32 = take_type(statement) == TYPE_B32;

        (void)self;
        expect_count(parser, statement, 4, 4);
        build_three(parser, statement, is_b32 ? execute_prmt : NULL)->detail = (uint8_t)(mode + 1);
}

static uint64_t immediate(struct parser *parser, const struct statement *statement, uint32_t index)
{
        const struct operand *operand = &statement->operands[index];

        if (index >= statement->count || operand->self.kind != OPERAND_INTEGER) {
                fail_at(parser, statement->line, "expected a number as operand %u", index + 1);
                return 0;
        }
        return operand->self.value;
}

/* lop3.b32 d, a, b, c, table; lop3.or.b32 d|p, a, b, c, table, q. */
void build_lop3(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        bool is_and = take(statement, "and"), is_or = !is_and && take(statement, "or");
        bool is_b32 = take_type(statement) == TYPE_B32, with_predicate = is_and || is_or;
        uint64_t table = immediate(parser, statement, 4);
        uint32_t *list = new_list(parser, 2);
        struct insn *insn;

        (void)self;
        expect_count(parser, statement, with_predicate ? 6 : 5, with_predicate ? 6 : 5);
        if (table > 255)
                fail_at(parser, statement->line, "the table of lop3 has 8 bits");
        if (with_predicate) {
                list[0] = element_destination(
                        parser, &statement->operands[0].second, TYPE_PRED, false);
                list[1] = source(parser, statement, 5, TYPE_PRED);
        }
        insn = build_three(parser, statement,
                !is_b32          ? NULL
                : with_predicate ? execute_lop3_bool
                                 : execute_lop3);
        insn->detail = (uint8_t)table;
        insn->count = is_and;
        insn->list = list;
}

static void build_two(struct parser *parser, struct statement *statement, execute_fn *execute,
        enum ptx_type type, unsigned detail)
{
        uint32_t d, a, b;
        struct insn *insn;

        if (!expect_count(parser, statement, 3, 3))
                return;
        a = source(parser, statement, 1, type);
        b = source(parser, statement, 2, TYPE_U32);
        d = destination(parser, statement, 0, type);
        insn = emit(parser, statement, execute);
        insn->d = d;
        insn->a = a;
        insn->b = b;
        insn->type = (uint8_t)type;
        insn->detail = (uint8_t)detail;
}

void build_szext(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        bool wrap = take(statement, "wrap"), clamp = !wrap && take(statement, "clamp");
        enum ptx_type type = take_type(statement);
        bool fits = (wrap || clamp) && (type == TYPE_U32 || type == TYPE_S32);

        (void)self;
        build_two(parser, statement, fits ? execute_szext : NULL, type, wrap);
}

void build_bmsk(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        bool wrap = take(statement, "wrap"), clamp = !wrap && take(statement, "clamp");
        enum ptx_type type = take_type(statement);
        bool fits = (wrap || clamp) && type == TYPE_B32;

        (void)self;
        build_two(parser, statement, fits ? execute_bmsk : NULL, type, wrap);
}

void build_fns(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        enum ptx_type type = take_type(statement);

        expect_count(parser, statement, 4, 4);
        build_three(parser, statement, self->table[type]);
}

void build_testp(struct parser *parser, struct statement *statement, const struct instruction *self)
{
        static const char *const classes[] = { "finite", "infinite", "number", "notanumber",
                "normal", "subnormal", NULL };
        int class = take_one_of(statement, classes);
        enum ptx_type type = take_type(statement);
        uint32_t d, a;
        struct insn *insn;

        if (!expect_count(parser, statement, 2, 2))
                return;
        a = source(parser, statement, 1, type);
        d = destination(parser, statement, 0, TYPE_PRED);
        insn = emit(parser, statement, class < 0 ? NULL : self->full[type]);
        insn->d = d;
        insn->a = a;
        insn->detail = (uint8_t) class;
}
