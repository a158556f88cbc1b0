/* Slots: which one holds what an operand means, and the instructions that fill it where needed. */
#include <stdlib.h>
#include <string.h>

#include "rehearsal/builder.h"
#include "rehearsal/execute/move.h"
#include "rehearsal/execute/special.h"

static bool grow_slots(struct parser *parser)
{
        uint32_t room = parser->slot_room ? parser->slot_room * 2 : 256;
        uint64_t *initial = realloc(parser->initial, room * sizeof(*initial));

        if (!initial) {
                no_memory(parser);
                return false;
        }
        parser->initial = initial;
        parser->slot_room = room;
        return true;
}

uint32_t new_slot(struct parser *parser, uint64_t initial)
{
        if (!parser->function) {
                fail(parser, "registers are declared in functions");
                return SLOT_TRUE;
        }
        if (parser->slot_count >= MAX_SLOTS) {
                fail(parser, "'%.40s' uses more than %u registers and constants",
                        parser->function->name, MAX_SLOTS);
                return SLOT_TRUE;
        }
        if (parser->slot_count == parser->slot_room && !grow_slots(parser))
                return SLOT_TRUE;
        parser->initial[parser->slot_count] = initial;
        return parser->slot_count++;
}

uint32_t constant_slot(struct parser *parser, uint64_t value)
{
        uint32_t known = parser->recent_count < RECENT ? parser->recent_count : RECENT;

        for (uint32_t i = 0; i < known; i++) {
                if (parser->initial[parser->recent[i]] == value)
                        return parser->recent[i];
        }

        uint32_t slot = new_slot(parser, value);

        if (!parser->failed)
                parser->recent[parser->recent_count++ % RECENT] = slot;
        return slot;
}

/* --- values --- */

static uint32_t special_slot(struct parser *parser, const struct operand_element *element)
{
        uint32_t slot = new_slot(parser, 0);
        struct insn *insn = emit_unguarded(parser, execute_special);

        insn->d = slot;
        insn->detail = (uint8_t)element->slot;
        return slot;
}

/* The address of something that lies in the frame's own local memory. */
static uint32_t frame_address(struct parser *parser, uint64_t offset)
{
        uint32_t slot = new_slot(parser, 0);
        struct insn *insn = emit_unguarded(parser, execute_add_offset);

        insn->d = slot;
        insn->a = SLOT_LOCAL;
        insn->offset = (int64_t)offset;
        return slot;
}

static uint32_t relocated_slot(
        struct parser *parser, struct variable *variable, struct function *function, uint64_t add)
{
        uint32_t slot = new_slot(parser, 0);
        struct relocation *relocation = add_relocation(parser);

        if (!relocation)
                return slot;
        relocation->in_function = parser->function;
        relocation->slot = slot;
        relocation->variable = variable;
        relocation->function = function;
        relocation->addend = (int64_t)add;
        return slot;
}

static uint32_t variable_slot(
        struct parser *parser, const struct operand_element *element, uint64_t offset)
{
        struct variable *variable = element->variable;

        if (variable->space == SPACE_LOCAL)
                return frame_address(parser, variable->address + offset);
        if (variable->space == SPACE_PARAM)
                return constant_slot(parser, WINDOW_PARAM + variable->address + offset);
        return relocated_slot(parser, variable, NULL, offset);
}

static uint32_t negated_slot(struct parser *parser, uint32_t from)
{
        uint32_t slot = new_slot(parser, 0);
        struct insn *insn = emit_unguarded(parser, execute_not_pred);

        insn->d = slot;
        insn->a = from;
        return slot;
}

static uint64_t double_as(uint64_t bits, enum ptx_type type)
{
        double wide;
        float single;
        uint64_t result = 0;

        if (type_size(type) != 4)
                return bits;
        memcpy(&wide, &bits, sizeof(wide));
        single = (float)wide;
        memcpy(&result, &single, sizeof(single));
        return result;
}

static uint32_t literal_slot(
        struct parser *parser, const struct operand_element *element, enum ptx_type type)
{
        if (element->kind == OPERAND_INTEGER) {
                if (type_is_float(type) && type != TYPE_F16X2 && type != TYPE_BF16X2)
                        fail_at(parser, parser->line, "an integer stands where .%s is wanted",
                                type_name(type));
                return constant_slot(parser,
                        type == TYPE_PRED ? element->value != 0 : element->value & type_mask(type));
        }

        unsigned size = element->kind == OPERAND_F32 ? 4 : 8;
        bool fits = type_size(type) == size || (size == 8 && type == TYPE_F32);

        if (!fits || type == TYPE_PRED || type_is_integer(type))
                fail_at(parser, parser->line,
                        "a floating-point constant stands where .%s is wanted", type_name(type));
        return constant_slot(parser,
                element->kind == OPERAND_F64 ? double_as(element->value, type) : element->value);
}

static void check_type(struct parser *parser, enum ptx_type have, enum ptx_type want, bool wider)
{
        if (wider ? type_agrees_wider(have, want) : type_agrees(have, want))
                return;
        fail_at(parser, parser->line, "a .%s register stands where .%s is wanted", type_name(have),
                type_name(want));
}

static uint32_t slot_of(struct parser *parser, const struct operand_element *element,
        enum ptx_type type, bool wider)
{
        switch (element->kind) {
        case OPERAND_REGISTER:
                check_type(parser, element->type, type, wider);
                return element->negated ? negated_slot(parser, element->slot) : element->slot;
        case OPERAND_INTEGER:
        case OPERAND_F32:
        case OPERAND_F64:
                return literal_slot(parser, element, type);
        case OPERAND_SPECIAL:
                /* a 64-bit counter may be read into 32 bits, and the other way round */
                return special_slot(parser, element);
        case OPERAND_VARIABLE:
                return variable_slot(parser, element, element->value);
        case OPERAND_FUNCTION:
                return relocated_slot(parser, NULL, element->function, 0);
        case OPERAND_NAME:
                fail_at(parser, parser->line, "unknown name '%.*s'", token_width(&element->name),
                        element->name.text);
                return SLOT_TRUE;
        default:
                fail_at(parser, parser->line, "this operand cannot be a source");
                return SLOT_TRUE;
        }
}

uint32_t element_source(
        struct parser *parser, const struct operand_element *element, enum ptx_type type)
{
        return slot_of(parser, element, type, false);
}

uint32_t element_source_wider(
        struct parser *parser, const struct operand_element *element, enum ptx_type type)
{
        return slot_of(parser, element, type, true);
}

static const struct operand *operand_at(
        struct parser *parser, const struct statement *statement, uint32_t index)
{
        static const struct operand none;

        if (index < statement->count)
                return &statement->operands[index];
        fail_at(parser, statement->line, "'%.*s' needs more operands",
                token_width(&statement->mnemonic), statement->mnemonic.text);
        return &none;
}

uint32_t source(struct parser *parser, const struct statement *statement, uint32_t index,
        enum ptx_type type)
{
        return slot_of(parser, &operand_at(parser, statement, index)->self, type, false);
}

uint32_t source_wider(struct parser *parser, const struct statement *statement, uint32_t index,
        enum ptx_type type)
{
        return slot_of(parser, &operand_at(parser, statement, index)->self, type, true);
}

uint32_t element_destination(struct parser *parser, const struct operand_element *element,
        enum ptx_type type, bool wider)
{
        if (element->kind == OPERAND_SINK)
                return new_slot(parser, 0);
        if (element->kind != OPERAND_REGISTER || element->negated) {
                fail_at(parser, parser->line, "the result goes to a register");
                return SLOT_TRUE;
        }
        check_type(parser, element->type, type, wider);
        return element->slot;
}

uint32_t destination(struct parser *parser, const struct statement *statement, uint32_t index,
        enum ptx_type type)
{
        return element_destination(
                parser, &operand_at(parser, statement, index)->self, type, false);
}

/* --- addresses --- */

static bool space_holds(enum space space, const struct variable *variable)
{
        if (space == SPACE_GENERIC)
                return true;
        if (space == SPACE_PARAM)
                return variable->space == SPACE_PARAM || variable->space == SPACE_LOCAL;
        return space == variable->space ||
               (space == SPACE_GLOBAL && variable->space == SPACE_CONST);
}

/* Without a space, a name means where the variable lies as the generic space shows it. */
static int64_t window_offset(enum space space, const struct variable *variable)
{
        if (space != SPACE_GENERIC)
                return 0;
        if (variable->space == SPACE_SHARED)
                return (int64_t)WINDOW_SHARED;
        return variable->space == SPACE_LOCAL ? (int64_t)WINDOW_LOCAL : 0;
}

static uint32_t variable_base(struct parser *parser, const struct operand_element *base,
        enum space space, int64_t *offset)
{
        const struct variable *variable = base->variable;

        if (!space_holds(space, variable))
                fail_at(parser, parser->line, "'%.60s' lies in another space", variable->name);
        *offset += window_offset(space, variable);
        if (variable->space == SPACE_LOCAL) {
                *offset += (int64_t)variable->address;
                return SLOT_LOCAL;
        }
        return variable_slot(parser, base, 0);
}

uint32_t address(struct parser *parser, const struct statement *statement, uint32_t index,
        enum space space, int64_t *ret_offset)
{
        const struct operand *operand = operand_at(parser, statement, index);
        const struct operand_element *base = &operand->elements[0];

        *ret_offset = 0;
        if (operand->self.kind != OPERAND_ADDRESS) {
                fail_at(parser, statement->line, "expected an [address]");
                return SLOT_TRUE;
        }
        *ret_offset = (int64_t)operand->self.value;
        switch (base->kind) {
        case OPERAND_VARIABLE:
                return variable_base(parser, base, space, ret_offset);
        case OPERAND_INTEGER:
                return constant_slot(parser, base->value);
        case OPERAND_REGISTER:
                if (type_size(base->type) < 4 || type_is_float(base->type))
                        fail_at(parser, statement->line, "a .%s register is no address",
                                type_name(base->type));
                return base->slot;
        default:
                fail_at(parser, statement->line, "this is no address");
                return SLOT_TRUE;
        }
}
