/*
 * A program while it is made: the names in scope, and the function that grows.
 *
 * The first error is kept and everything after it is skipped: callers go on and look at `failed`
 * only where a loop could run away or a pointer could be NULL.
 */
#pragma once

#include <stdarg.h>

#include "rehearsal/base/parse_error.h"
#include "rehearsal/base/program.h"
#include "rehearsal/base/symbols.h"
#include "rehearsal/base/token.h"

#define MAX_ELEMENTS 8u /* of a vector, and of an instruction's list */
#define MAX_INSNS    (1u << 24)
#define RECENT       64u /* constants that are looked at again before a new slot is taken */

/* A branch whose label may stand further down. */
struct fixup {
        struct fixup *next;
        struct token label;
        uint64_t *index; /* to be set; NULL: the instruction's own */
        uint32_t insn;
};

struct builder {
        struct program *program;
        struct symbols symbols;
        struct parse_error *error;
        bool failed;
        uint32_t here; /* the line that is read */
        uint32_t line; /* of the statement */

        /* The function being built; its arrays grow on the heap until it is complete. */
        struct function *function;
        struct insn *insns;
        uint32_t insn_count, insn_room;
        uint64_t *initial;
        uint32_t slot_count, slot_room;
        struct fixup *fixups[SYMBOL_MAX_DEPTH]; /* of each open block */
        uint32_t recent[RECENT];                /* slots of constants */
        uint32_t recent_count;
};

/* Keeps the first error, at the line that is read or at a given one. */
void builder_fail(struct builder *builder, const char *format, ...)
        __attribute__((format(printf, 2, 3)));
void builder_fail_at(struct builder *builder, uint32_t line, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
void builder_vfail(struct builder *builder, uint32_t line, const char *format, va_list arguments)
        __attribute__((format(printf, 3, 0)));
void builder_no_memory(struct builder *builder);

/* Names in scope: NULL when there is none, or no memory for one. */
struct symbol *builder_find(const struct builder *builder, const struct token *name);
struct symbol *builder_declare(
        struct builder *builder, uint32_t depth, const struct token *name, enum symbol_kind kind);

/* Room for `count` slots that an instruction's `list` points to; never NULL. */
uint32_t *builder_list(struct builder *builder, uint32_t count);
struct relocation *builder_relocation(struct builder *builder);

/*
 * Appends an instruction that always runs. Never NULL: after a failure it is a dummy. The pointer
 * is good until the next call.
 */
struct insn *builder_append(struct builder *builder, execute_fn *execute);

/* Sets `index`, or with NULL the last instruction's target, once the label's place is known. */
void builder_fixup(struct builder *builder, const struct token *label, uint64_t *index);

/* At the end of a block: the labels that are known by now; the rest waits for the block around. */
void builder_resolve(struct builder *builder);

/* What has grown becomes the function's. */
void builder_complete(struct builder *builder);
void builder_free(struct builder *builder);
