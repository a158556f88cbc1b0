/*
 * An instruction as it is written: mnemonic, modifiers and operands. Whoever understands a modifier
 * takes it; one that nobody has taken is an error.
 */
#pragma once

#include "rehearsal/build/builder.h"

#define MAX_OPERANDS  8u
#define MAX_MODIFIERS 16u

enum operand_kind {
        OPERAND_NONE,
        OPERAND_REGISTER, /* slot, type */
        OPERAND_INTEGER,  /* value */
        OPERAND_F32,      /* value: bits */
        OPERAND_F64,      /* value: bits */
        OPERAND_SPECIAL,  /* slot: index of the special register; type */
        OPERAND_VARIABLE, /* variable, value: added to the address */
        OPERAND_FUNCTION,
        OPERAND_NAME,    /* not declared (yet): perhaps a label */
        OPERAND_SINK,    /* _ */
        OPERAND_VECTOR,  /* elements */
        OPERAND_ADDRESS, /* base in `elements[0]`, value: offset */
};

struct operand_element {
        enum operand_kind kind;
        enum ptx_type type;
        bool negated; /* !%p */
        uint32_t slot;
        uint64_t value;
        struct variable *variable;
        struct function *function;
        struct token name;
};

struct operand {
        struct operand_element self;
        struct operand_element elements[MAX_ELEMENTS];
        uint32_t count;                /* of elements */
        struct operand_element second; /* %p|%q; kind OPERAND_NONE when there is none */
};

struct statement {
        uint32_t line;
        uint32_t guard;
        bool negate;
        struct token mnemonic;
        struct token modifiers[MAX_MODIFIERS];
        uint32_t modifier_count;
        uint32_t taken; /* bit i: modifier i was understood */
        struct operand operands[MAX_OPERANDS];
        uint32_t count;
};

/* Whether the modifier `word` is there; take it, or leave it to others. */
bool statement_take(struct statement *statement, const char *word);
bool statement_has(const struct statement *statement, const char *word);

/* A word of `words` (NULL at the end) that is there: its index, or -1. */
int statement_take_one_of(struct statement *statement, const char *const *words);
enum ptx_type statement_take_type(struct statement *statement);
enum rounding statement_take_rounding(struct statement *statement);

/* The space a load or store names; SPACE_GENERIC when it names none. */
enum space statement_take_space(struct statement *statement);

/* Complains of a modifier that nobody has taken. */
void statement_check_modifiers(struct builder *builder, const struct statement *statement);
bool statement_expect_count(
        struct builder *builder, const struct statement *statement, uint32_t low, uint32_t high);

/* As builder_append, with the statement's guard; fails when there is no such operation. */
struct insn *statement_emit(
        struct builder *builder, const struct statement *statement, execute_fn *execute);
