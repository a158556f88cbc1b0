/* Slots: which one holds what an operand means, and the instructions that fill it where needed. */
#include "rehearsal/build/slots.h"

#include <stdlib.h>
#include <string.h>

#include "rehearsal/execute/move.h"
#include "rehearsal/execute/special.h"

#define MAX_SLOTS (1u << 20)

static bool grow_slots(struct builder *builder)
{
        uint32_t room = builder->slot_room ? builder->slot_room * 2 : 256;
        uint64_t *initial = realloc(builder->initial, room * sizeof(*initial));

        if (!initial) {
                builder_no_memory(builder);
                return false;
        }
        builder->initial = initial;
        builder->slot_room = room;
        return true;
}

uint32_t slot_new(struct builder *builder, uint64_t initial)
{
        if (!builder->function) {
                builder_fail(builder, "registers are declared in functions");
                return SLOT_TRUE;
        }
        if (builder->slot_count >= MAX_SLOTS) {
                builder_fail(builder, "'%.40s' uses more than %u registers and constants",
                        builder->function->name, MAX_SLOTS);
                return SLOT_TRUE;
        }
        if (builder->slot_count == builder->slot_room && !grow_slots(builder))
                return SLOT_TRUE;
        builder->initial[builder->slot_count] = initial;
        return builder->slot_count++;
}

uint32_t slot_constant(struct builder *builder, uint64_t value)
{
        uint32_t known = builder->recent_count < RECENT ? builder->recent_count : RECENT;

        for (uint32_t i = 0; i < known; i++) {
                if (builder->initial[builder->recent[i]] == value)
                        return builder->recent[i];
        }

        uint32_t slot = slot_new(builder, value);

        if (!builder->failed)
                builder->recent[builder->recent_count++ % RECENT] = slot;
        return slot;
}

/* --- values --- */

static uint32_t special_slot(struct builder *builder, const struct operand_element *element)
{
        uint32_t slot = slot_new(builder, 0);
        struct insn *insn = builder_append(builder, execute_special);

        insn->d = slot;
        insn->detail = (uint8_t)element->slot;
        return slot;
}

/* The address of something that lies in the frame's own local memory. */
static uint32_t frame_address(struct builder *builder, uint64_t offset)
{
        uint32_t slot = slot_new(builder, 0);
        struct insn *insn = builder_append(builder, execute_add_offset);

        insn->d = slot;
        insn->a = SLOT_LOCAL;
        insn->offset = (int64_t)offset;
        return slot;
}

static uint32_t relocated_slot(
        struct builder *builder, struct variable *variable, struct function *function, uint64_t add)
{
        uint32_t slot = slot_new(builder, 0);
        struct relocation *relocation = builder_relocation(builder);

        if (!relocation)
                return slot;
        relocation->in_function = builder->function;
        relocation->slot = slot;
        relocation->variable = variable;
        relocation->function = function;
        relocation->addend = (int64_t)add;
        return slot;
}

static uint32_t variable_slot(
        struct builder *builder, const struct operand_element *element, uint64_t offset)
{
        struct variable *variable = element->variable;

        if (variable->space == SPACE_LOCAL)
                return frame_address(builder, variable->address + offset);
        if (variable->space == SPACE_PARAM)
                return slot_constant(builder, WINDOW_PARAM + variable->address + offset);
        return relocated_slot(builder, variable, NULL, offset);
}

static uint32_t negated_slot(struct builder *builder, uint32_t from)
{
        uint32_t slot = slot_new(builder, 0);
        struct insn *insn = builder_append(builder, execute_not_pred);

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
        struct builder *builder, const struct operand_element *element, enum ptx_type type)
{
        if (element->kind == OPERAND_INTEGER) {
                if (type_is_float(type) && type != TYPE_F16X2 && type != TYPE_BF16X2)
                        builder_fail_at(builder, builder->line,
                                "an integer stands where .%s is wanted", type_name(type));
                return slot_constant(builder,
                        type == TYPE_PRED ? element->value != 0 : element->value & type_mask(type));
        }

        unsigned size = element->kind == OPERAND_F32 ? 4 : 8;
        bool fits = type_size(type) == size || (size == 8 && type == TYPE_F32);

        if (!fits || type == TYPE_PRED || type_is_integer(type))
                builder_fail_at(builder, builder->line,
                        "a floating-point constant stands where .%s is wanted", type_name(type));
        return slot_constant(builder,
                element->kind == OPERAND_F64 ? double_as(element->value, type) : element->value);
}

static void check_type(struct builder *builder, enum ptx_type have, enum ptx_type want, bool wider)
{
        if (wider ? type_agrees_wider(have, want) : type_agrees(have, want))
                return;
        builder_fail_at(builder, builder->line, "a .%s register stands where .%s is wanted",
                type_name(have), type_name(want));
}

static uint32_t slot_of(struct builder *builder, const struct operand_element *element,
        enum ptx_type type, bool wider)
{
        switch (element->kind) {
        case OPERAND_REGISTER:
                check_type(builder, element->type, type, wider);
                return element->negated ? negated_slot(builder, element->slot) : element->slot;
        case OPERAND_INTEGER:
        case OPERAND_F32:
        case OPERAND_F64:
                return literal_slot(builder, element, type);
        case OPERAND_SPECIAL:
                /* a 64-bit counter may be read into 32 bits, and the other way round */
                return special_slot(builder, element);
        case OPERAND_VARIABLE:
                return variable_slot(builder, element, element->value);
        case OPERAND_FUNCTION:
                return relocated_slot(builder, NULL, element->function, 0);
        case OPERAND_NAME:
                builder_fail_at(builder, builder->line, "unknown name '%.*s'",
                        token_width(&element->name), element->name.text);
                return SLOT_TRUE;
        default:
                builder_fail_at(builder, builder->line, "this operand cannot be a source");
                return SLOT_TRUE;
        }
}

uint32_t slot_element(
        struct builder *builder, const struct operand_element *element, enum ptx_type type)
{
        return slot_of(builder, element, type, false);
}

uint32_t slot_element_wider(
        struct builder *builder, const struct operand_element *element, enum ptx_type type)
{
        return slot_of(builder, element, type, true);
}

static const struct operand *operand_at(
        struct builder *builder, const struct statement *statement, uint32_t index)
{
        static const struct operand none;

        if (index < statement->count)
                return &statement->operands[index];
        builder_fail_at(builder, statement->line, "'%.*s' needs more operands",
                token_width(&statement->mnemonic), statement->mnemonic.text);
        return &none;
}

uint32_t slot_source(struct builder *builder, const struct statement *statement, uint32_t index,
        enum ptx_type type)
{
        return slot_of(builder, &operand_at(builder, statement, index)->self, type, false);
}

uint32_t slot_source_wider(struct builder *builder, const struct statement *statement,
        uint32_t index, enum ptx_type type)
{
        return slot_of(builder, &operand_at(builder, statement, index)->self, type, true);
}

uint32_t slot_element_destination(struct builder *builder, const struct operand_element *element,
        enum ptx_type type, bool wider)
{
        if (element->kind == OPERAND_SINK)
                return slot_new(builder, 0);
        if (element->kind != OPERAND_REGISTER || element->negated) {
                builder_fail_at(builder, builder->line, "the result goes to a register");
                return SLOT_TRUE;
        }
        check_type(builder, element->type, type, wider);
        return element->slot;
}

uint32_t slot_destination(struct builder *builder, const struct statement *statement,
        uint32_t index, enum ptx_type type)
{
        return slot_element_destination(
                builder, &operand_at(builder, statement, index)->self, type, false);
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

static uint32_t variable_base(struct builder *builder, const struct operand_element *base,
        enum space space, int64_t *offset)
{
        const struct variable *variable = base->variable;

        if (!space_holds(space, variable))
                builder_fail_at(
                        builder, builder->line, "'%.60s' lies in another space", variable->name);
        *offset += window_offset(space, variable);
        if (variable->space == SPACE_LOCAL) {
                *offset += (int64_t)variable->address;
                return SLOT_LOCAL;
        }
        return variable_slot(builder, base, 0);
}

uint32_t slot_address(struct builder *builder, const struct statement *statement, uint32_t index,
        enum space space, int64_t *ret_offset)
{
        const struct operand *operand = operand_at(builder, statement, index);
        const struct operand_element *base = &operand->elements[0];

        *ret_offset = 0;
        if (operand->self.kind != OPERAND_ADDRESS) {
                builder_fail_at(builder, statement->line, "expected an [address]");
                return SLOT_TRUE;
        }
        *ret_offset = (int64_t)operand->self.value;
        switch (base->kind) {
        case OPERAND_VARIABLE:
                return variable_base(builder, base, space, ret_offset);
        case OPERAND_INTEGER:
                return slot_constant(builder, base->value);
        case OPERAND_REGISTER:
                if (type_size(base->type) < 4 || type_is_float(base->type))
                        builder_fail_at(builder, statement->line, "a .%s register is no address",
                                type_name(base->type));
                return base->slot;
        default:
                builder_fail_at(builder, statement->line, "this is no address");
                return SLOT_TRUE;
        }
}

/* --- instructions --- */

struct insn *slots_emit(struct builder *builder, const struct statement *statement,
        execute_fn *execute, size_t count, const enum ptx_type *types)
{
        uint32_t slots[4] = { 0 };
        struct insn *insn;

        if (statement_expect_count(builder, statement, (uint32_t)count, (uint32_t)count)) {
                for (uint32_t i = 1; i < count; i++)
                        slots[i] = slot_source(builder, statement, i, types[i]);
                slots[0] = slot_destination(builder, statement, 0, types[0]);
        }
        insn = statement_emit(builder, statement, execute);
        insn->d = slots[0];
        insn->a = slots[1];
        insn->b = slots[2];
        insn->c = slots[3];
        return insn;
}

struct insn *slots_emit_alike(struct builder *builder, const struct statement *statement,
        execute_fn *execute, enum ptx_type type, unsigned sources)
{
        const enum ptx_type types[4] = { type, type, type, type };
        struct insn *insn = slots_emit(builder, statement, execute, sources + 1, types);

        insn->type = (uint8_t)type;
        return insn;
}
