/* How the instructions of one mnemonic are made; the table is in instructions.c. */
#pragma once

#include "rehearsal/build/slots.h"

/* What else may be written on an instruction. */
enum allowed {
        ALLOW_ROUND = 1, /* .rn .rz .rm .rp */
        ALLOW_FTZ = 2,
        ALLOW_SAT = 4,
        ALLOW_APPROX = 8, /* .approx, .full */
        ALLOW_NAN = 16,
        ALLOW_RELU = 32,
        NEED_ROUND = 64, /* f32 and f64: .rn and so on, or .approx where that is allowed */
};

struct instruction;
typedef void build_fn(
        struct builder *builder, struct statement *statement, const struct instruction *self);

struct instruction {
        const char *name;
        build_fn *build;
        unsigned sources;         /* operands besides the result */
        execute_fn *const *table; /* for integers and bits */
        execute_fn *const *plain; /* for floats without any flag, or NULL */
        execute_fn *const *full;  /* for floats */
        unsigned allowed;         /* on floats */
        unsigned detail;          /* the family's own */
};

/* The operation for a type, or NULL. */
static inline execute_fn *operation_of(execute_fn *const *table, enum ptx_type type)
{
        return table ? table[type] : NULL;
}
