/* How the instructions of one mnemonic are made; the table is in instructions.c. */
#ifndef FORESTAGE_REHEARSAL_BUILD_H
#define FORESTAGE_REHEARSAL_BUILD_H

#include "rehearsal/builder.h"

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
        struct parser *parser, struct statement *statement, const struct instruction *self);

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

/* build_arithmetic.c */
build_fn build_arithmetic, build_add, build_multiply, build_mul24, build_carry, build_dot;
build_fn build_approximate;

/* build_bits.c */
build_fn build_logic, build_shift, build_count, build_find, build_field_extract;
build_fn build_field_insert, build_funnel, build_permute, build_lop3, build_szext, build_bmsk;
build_fn build_testp, build_fns;

/* build_move.c */
build_fn build_mov, build_selp, build_slct, build_cvta, build_isspacep;

/* build_convert.c, build_compare.c */
build_fn build_cvt, build_setp, build_set;

/* build_memory.c */
build_fn build_load, build_store, build_atom, build_red, build_prefetch, build_cp;

/* build_control.c */
build_fn build_bra, build_brx, build_simple, build_fence, build_bar, build_barrier, build_shfl;
build_fn build_vote, build_match, build_redux, build_activemask, build_elect, build_nanosleep;

/* Room for `count` slots that an instruction's `list` points to; never NULL. */
uint32_t *new_list(struct parser *parser, uint32_t count);

/* The space a load or store names; SPACE_GENERIC when it names none. */
enum space take_space(struct statement *statement);

#endif
