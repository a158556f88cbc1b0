/* Slots: which one holds what an operand means, and the instructions that fill it where needed. */
#pragma once

#include "rehearsal/build/statement.h"

/* Types of operands, and before them how many: arguments of slots_emit. */
#define TYPES(...)                                                                                \
        sizeof((enum ptx_type[]){ __VA_ARGS__ }) / sizeof(enum ptx_type), (const enum ptx_type[]) \
        {                                                                                         \
                __VA_ARGS__                                                                       \
        }

uint32_t slot_new(struct builder *builder, uint64_t initial);
uint32_t slot_constant(struct builder *builder, uint64_t value);

/* The slot that holds an operand's value as `type`; `wider`: its register may have more bits. */
uint32_t slot_element(
        struct builder *builder, const struct operand_element *element, enum ptx_type type);
uint32_t slot_element_wider(
        struct builder *builder, const struct operand_element *element, enum ptx_type type);
uint32_t slot_source(struct builder *builder, const struct statement *statement, uint32_t index,
        enum ptx_type type);
uint32_t slot_source_wider(struct builder *builder, const struct statement *statement,
        uint32_t index, enum ptx_type type);

/* The slot that an operand is a name of. */
uint32_t slot_destination(struct builder *builder, const struct statement *statement,
        uint32_t index, enum ptx_type type);
uint32_t slot_element_destination(struct builder *builder, const struct operand_element *element,
        enum ptx_type type, bool wider);

/* An [address] operand in `space`: its base's slot, and what is to be added. */
uint32_t slot_address(struct builder *builder, const struct statement *statement, uint32_t index,
        enum space space, int64_t *ret_offset);

/*
 * As statement_emit, of a statement that has operands of these types and no others: the result and
 * up to three sources.
 */
struct insn *slots_emit(struct builder *builder, const struct statement *statement,
        execute_fn *execute, size_t count, const enum ptx_type *types);

/* The same, where all are of one type, which the instruction keeps. */
struct insn *slots_emit_alike(struct builder *builder, const struct statement *statement,
        execute_fn *execute, enum ptx_type type, unsigned sources);
