/*
 * What the parts of the parser share: tokens, names in scope, the function that grows, and one
 * statement's operands on their way to instructions.
 *
 * The first error is kept and everything after it is skipped: callers go on and look at `failed`
 * only where a loop could run away or a pointer could be NULL.
 */
#ifndef FORESTAGE_REHEARSAL_BUILDER_H
#define FORESTAGE_REHEARSAL_BUILDER_H

#include "rehearsal/lexer.h"
#include "rehearsal/parser.h"
#include "rehearsal/symbols.h"

#define MAX_OPERANDS  8u
#define MAX_ELEMENTS  8u
#define MAX_MODIFIERS 16u
#define MAX_INSNS     (1u << 24)
#define MAX_SLOTS     (1u << 20)
#define RECENT        64u /* constants that are looked at again before a new slot is taken */

/* A branch whose label may stand further down. */
struct fixup {
        struct fixup *next;
        struct token label;
        uint64_t *index; /* to be set; NULL: the instruction's own */
        uint32_t insn;
};

struct parser {
        struct lexer lexer;
        struct token token, ahead; /* the current one and the one behind it */
        struct program *program;
        struct symbols symbols;
        struct parse_error *error;
        bool failed;

        /* The function being built; its arrays grow on the heap until it is complete. */
        struct function *function;
        struct insn *insns;
        uint32_t insn_count, insn_room;
        uint64_t *initial;
        uint32_t slot_count, slot_room;
        struct fixup *fixups[SYMBOL_MAX_DEPTH]; /* of each open block */
        uint32_t recent[RECENT];                /* slots of constants */
        uint32_t recent_count;
        uint32_t line; /* of the statement */
};

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

/* --- parser.c: tokens and errors --- */

/* Keeps the first error, at the current token's line (fail) or at a given one. */
void fail(struct parser *parser, const char *format, ...) __attribute__((format(printf, 2, 3)));
void fail_at(struct parser *parser, uint32_t line, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
void no_memory(struct parser *parser);

void advance(struct parser *parser);
bool accept_char(struct parser *parser, char character);
bool accept_dot(struct parser *parser, const char *text);
bool expect_char(struct parser *parser, char character);
bool expect_name(struct parser *parser, struct token *ret_name);
void skip_line_of(struct parser *parser, uint32_t line);

/* A token in a message: its text (not terminated) and how much of it to show. */
const char *token_text(const struct token *token);
int token_width(const struct token *token);

struct symbol *find_symbol(const struct parser *parser, const struct token *name);
struct symbol *declare(
        struct parser *parser, uint32_t depth, const struct token *name, enum symbol_kind kind);
struct relocation *add_relocation(struct parser *parser);

/* --- expression.c --- */

/* A constant expression's value, as 64 bits. */
uint64_t expect_constant(struct parser *parser);

/* --- variable.c, initial.c --- */

/* .align, .ptr and all that may stand between a space and a type. */
struct variable *parse_variable(struct parser *parser, enum space space, bool is_external);
void parse_initial(struct parser *parser, struct variable *variable);
void parse_registers(struct parser *parser);
void parse_variables(struct parser *parser, enum space space, bool is_external);

/* --- function.c --- */

void parse_function(struct parser *parser, bool is_entry);

/* --- statement.c --- */

void parse_statement(struct parser *parser);

/* --- operand.c: as written; slots.c: from there to slots --- */

void parse_operand(struct parser *parser, struct operand *operand);
void parse_operand_element(struct parser *parser, struct operand_element *element);

uint32_t new_slot(struct parser *parser, uint64_t initial);
uint32_t constant_slot(struct parser *parser, uint64_t value);

/* The slot that holds an operand's value as `type`. */
uint32_t element_source(
        struct parser *parser, const struct operand_element *element, enum ptx_type type);
uint32_t element_source_wider(
        struct parser *parser, const struct operand_element *element, enum ptx_type type);
uint32_t source(struct parser *parser, const struct statement *statement, uint32_t index,
        enum ptx_type type);
uint32_t source_wider(struct parser *parser, const struct statement *statement, uint32_t index,
        enum ptx_type type);
uint32_t destination(struct parser *parser, const struct statement *statement, uint32_t index,
        enum ptx_type type);
uint32_t element_destination(struct parser *parser, const struct operand_element *element,
        enum ptx_type type, bool wider);

/* An [address] operand in `space`: its base's slot, and what is to be added. */
uint32_t address(struct parser *parser, const struct statement *statement, uint32_t index,
        enum space space, int64_t *ret_offset);

/* --- modifiers, in statement.c --- */

bool take(struct statement *statement, const char *word);
enum ptx_type take_type(struct statement *statement);
bool expect_count(
        struct parser *parser, const struct statement *statement, uint32_t low, uint32_t high);

/* A word of `words` (NULL at the end) that is there: its index, or -1. */
int take_one_of(struct statement *statement, const char *const *words);
enum rounding take_rounding(struct statement *statement);

/*
 * Appends an instruction with the statement's guard and line. Never NULL: after a failure it is a
 * dummy. The pointer is good until the next call.
 */
struct insn *emit(struct parser *parser, const struct statement *statement, execute_fn *execute);
struct insn *emit_unguarded(struct parser *parser, execute_fn *execute);

/* --- instructions.c --- */

/* Turns a parsed statement into instructions. */
void build(struct parser *parser, struct statement *statement);

/* --- calls.c --- */

void parse_call(struct parser *parser, struct statement *statement);

#endif
