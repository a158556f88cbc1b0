/* Moves, selections, address conversions. */
#include "rehearsal/build.h"
#include "rehearsal/execute/memory.h"
#include "rehearsal/execute/move.h"

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
