/* Names in scope while a module is parsed: a hash table whose entries go when their block ends. */
#pragma once

#include "rehearsal/base/program.h"

enum symbol_kind {
        SYMBOL_REGISTER, /* slot, type */
        SYMBOL_RANGE,    /* %name<count>: type, count */
        SYMBOL_VARIABLE,
        SYMBOL_FUNCTION,
        SYMBOL_LABEL,   /* index of the instruction */
        SYMBOL_TARGETS, /* .branchtargets */
        SYMBOL_OTHER,   /* .callprototype, .calltargets: a name that needs no more */
};

struct symbol {
        struct symbol *in_bucket, *in_scope;
        const char *name; /* not terminated */
        uint32_t length;
        uint32_t hash;
        uint32_t depth;
        enum symbol_kind kind;
        enum ptx_type type;
        uint32_t slot;
        uint64_t count; /* of a range; index of a label's instruction */
        union {
                struct variable *variable;
                struct function *function;
                struct branch_targets *targets;
        };
};

#define SYMBOL_BUCKETS   4096u
#define SYMBOL_MAX_DEPTH 64u

struct symbols {
        struct arena *arena;
        struct symbol *buckets[SYMBOL_BUCKETS];
        struct symbol *scopes[SYMBOL_MAX_DEPTH]; /* what each open block declared */
        uint32_t depth;
};

/* False when blocks nest deeper than SYMBOL_MAX_DEPTH. */
bool symbols_enter(struct symbols *symbols);
void symbols_leave(struct symbols *symbols);

/* The innermost declaration of the name, or NULL. Ranges (%r<9> declares %r0 to %r8, not %r) are
 * found by symbols_find_range alone. */
struct symbol *symbols_find(const struct symbols *symbols, const char *name, size_t length);
struct symbol *symbols_find_range(const struct symbols *symbols, const char *name, size_t length);

/* Declares in the block at `depth` (symbols->depth is the innermost). NULL without memory. */
struct symbol *symbols_add(struct symbols *symbols, uint32_t depth, const char *name, size_t length,
        enum symbol_kind kind);
