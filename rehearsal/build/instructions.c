/* All instructions that are known, by mnemonic. */
#include "rehearsal/build/instructions.h"

#include <stdlib.h>
#include <string.h>

#include "rehearsal/build/atomic.h"
#include "rehearsal/build/barrier.h"
#include "rehearsal/build/bits.h"
#include "rehearsal/build/compare.h"
#include "rehearsal/build/control.h"
#include "rehearsal/build/convert.h"
#include "rehearsal/build/float.h"
#include "rehearsal/build/integer.h"
#include "rehearsal/build/memory.h"
#include "rehearsal/build/move.h"
#include "rehearsal/build/warp.h"
#include "rehearsal/execute/approximate.h"
#include "rehearsal/execute/bits.h"
#include "rehearsal/execute/float.h"
#include "rehearsal/execute/integer.h"

#define FLOAT_ANY (ALLOW_ROUND | ALLOW_FTZ | ALLOW_SAT)

/* Sorted by name. */
static const struct instruction instructions[] = {
        { "abs", build_arithmetic, 1, table_abs, NULL, full_abs, ALLOW_FTZ, 0 },
        { "activemask", build_activemask, 0, NULL, NULL, NULL, 0, 0 },
        { "add", build_add, 2, table_add, plain_add, full_add, FLOAT_ANY, 0 },
        { "addc", build_carry, 2, table_add_carry, NULL, NULL, 0, FLAG_CC_IN },
        { "and", build_logic, 2, table_and, NULL, NULL, 0, 0 },
        { "applypriority", build_prefetch, 0, NULL, NULL, NULL, 0, 0 },
        { "atom", build_atom, 0, NULL, NULL, NULL, 0, 0 },
        { "bar", build_bar, 0, NULL, NULL, NULL, 0, 0 },
        { "barrier", build_barrier, 0, NULL, NULL, NULL, 0, 0 },
        { "bfe", build_field_extract, 3, table_bfe, NULL, NULL, 0, 0 },
        { "bfi", build_field_insert, 4, table_bfi, NULL, NULL, 0, 0 },
        { "bfind", build_find, 1, table_bfind, NULL, NULL, 0, 0 },
        { "bmsk", build_bmsk, 2, NULL, NULL, NULL, 0, 0 },
        { "bra", build_bra, 0, NULL, NULL, NULL, 0, 0 },
        { "brev", build_logic, 1, table_brev, NULL, NULL, 0, 0 },
        { "brkpt", build_simple, 0, NULL, NULL, NULL, 0, 'n' },
        { "brx", build_brx, 0, NULL, NULL, NULL, 0, 0 },
        { "clz", build_count, 1, table_clz, NULL, NULL, 0, 0 },
        { "cnot", build_logic, 1, table_cnot, NULL, NULL, 0, 0 },
        { "copysign", build_arithmetic, 2, NULL, NULL, table_copysign, 0, 0 },
        { "cos", build_approximate, 1, NULL, NULL, table_cos, ALLOW_FTZ, 0 },
        { "cp", build_cp, 0, NULL, NULL, NULL, 0, 0 },
        { "cvt", build_cvt, 1, NULL, NULL, NULL, 0, 0 },
        { "cvta", build_cvta, 1, NULL, NULL, NULL, 0, 0 },
        { "discard", build_prefetch, 0, NULL, NULL, NULL, 0, 0 },
        { "div", build_arithmetic, 2, table_div, NULL, full_div,
                ALLOW_ROUND | ALLOW_FTZ | ALLOW_APPROX | NEED_ROUND, 0 },
        { "dp2a", build_dot, 3, NULL, NULL, NULL, 0, 2 },
        { "dp4a", build_dot, 3, table_dp4a, NULL, NULL, 0, 4 },
        { "elect", build_elect, 0, NULL, NULL, NULL, 0, 0 },
        { "ex2", build_approximate, 1, NULL, NULL, table_ex2, ALLOW_FTZ, 0 },
        { "exit", build_simple, 0, NULL, NULL, NULL, 0, 'e' },
        { "fence", build_fence, 0, NULL, NULL, NULL, 0, 0 },
        { "fma", build_arithmetic, 3, NULL, plain_fma, full_fma,
                FLOAT_ANY | ALLOW_RELU | NEED_ROUND, 0 },
        { "fns", build_fns, 3, table_fns, NULL, NULL, 0, 0 },
        { "griddepcontrol", build_fence, 0, NULL, NULL, NULL, 0, 0 },
        { "isspacep", build_isspacep, 1, NULL, NULL, NULL, 0, 0 },
        { "ld", build_load, 0, NULL, NULL, NULL, 0, 0 },
        { "ldu", build_load, 0, NULL, NULL, NULL, 0, 0 },
        { "lg2", build_approximate, 1, NULL, NULL, table_lg2, ALLOW_FTZ, 0 },
        { "lop3", build_lop3, 0, NULL, NULL, NULL, 0, 0 },
        { "mad", build_multiply, 3, NULL, plain_fma, full_fma, FLOAT_ANY, 3 },
        { "mad24", build_mul24, 3, NULL, NULL, NULL, 0, 3 },
        { "madc", build_carry, 3, NULL, NULL, NULL, 0, FLAG_CC_IN },
        { "match", build_match, 0, NULL, NULL, NULL, 0, 0 },
        { "max", build_arithmetic, 2, table_max, NULL, full_max, ALLOW_FTZ | ALLOW_NAN, 0 },
        { "membar", build_fence, 0, NULL, NULL, NULL, 0, 0 },
        { "min", build_arithmetic, 2, table_min, NULL, full_min, ALLOW_FTZ | ALLOW_NAN, 0 },
        { "mov", build_mov, 1, NULL, NULL, NULL, 0, 0 },
        { "mul", build_multiply, 2, NULL, plain_mul, full_mul, FLOAT_ANY, 2 },
        { "mul24", build_mul24, 2, NULL, NULL, NULL, 0, 2 },
        { "nanosleep", build_nanosleep, 0, NULL, NULL, NULL, 0, 0 },
        { "neg", build_arithmetic, 1, table_neg, plain_neg, full_neg, ALLOW_FTZ, 0 },
        { "not", build_logic, 1, table_not, NULL, NULL, 0, 0 },
        { "or", build_logic, 2, table_or, NULL, NULL, 0, 0 },
        { "pmevent", build_fence, 0, NULL, NULL, NULL, 0, 0 },
        { "popc", build_count, 1, table_popc, NULL, NULL, 0, 0 },
        { "prefetch", build_prefetch, 0, NULL, NULL, NULL, 0, 0 },
        { "prefetchu", build_prefetch, 0, NULL, NULL, NULL, 0, 0 },
        { "prmt", build_permute, 3, NULL, NULL, NULL, 0, 0 },
        { "rcp", build_arithmetic, 1, NULL, NULL, full_rcp,
                ALLOW_ROUND | ALLOW_FTZ | ALLOW_APPROX | NEED_ROUND, 0 },
        { "red", build_red, 0, NULL, NULL, NULL, 0, 0 },
        { "redux", build_redux, 0, NULL, NULL, NULL, 0, 0 },
        { "rem", build_arithmetic, 2, table_rem, NULL, NULL, 0, 0 },
        { "ret", build_simple, 0, NULL, NULL, NULL, 0, 'r' },
        { "rsqrt", build_approximate, 1, NULL, NULL, table_rsqrt, ALLOW_FTZ, 0 },
        { "sad", build_arithmetic, 3, table_sad, NULL, NULL, 0, 0 },
        { "selp", build_selp, 3, NULL, NULL, NULL, 0, 0 },
        { "set", build_set, 2, NULL, NULL, NULL, 0, 0 },
        { "setp", build_setp, 2, NULL, NULL, NULL, 0, 0 },
        { "shf", build_funnel, 3, NULL, NULL, NULL, 0, 0 },
        { "shfl", build_shfl, 0, NULL, NULL, NULL, 0, 0 },
        { "shl", build_shift, 2, table_shl, NULL, NULL, 0, 0 },
        { "shr", build_shift, 2, table_shr, NULL, NULL, 0, 0 },
        { "sin", build_approximate, 1, NULL, NULL, table_sin, ALLOW_FTZ, 0 },
        { "slct", build_slct, 3, NULL, NULL, NULL, 0, 0 },
        { "sqrt", build_arithmetic, 1, NULL, NULL, full_sqrt,
                ALLOW_ROUND | ALLOW_FTZ | ALLOW_APPROX | NEED_ROUND, 0 },
        { "st", build_store, 0, NULL, NULL, NULL, 0, 0 },
        { "sub", build_add, 2, table_sub, plain_sub, full_sub, FLOAT_ANY, 1 },
        { "subc", build_carry, 2, table_sub_carry, NULL, NULL, 0, FLAG_CC_IN },
        { "szext", build_szext, 2, NULL, NULL, NULL, 0, 0 },
        { "tanh", build_approximate, 1, NULL, NULL, table_tanh, 0, 0 },
        { "testp", build_testp, 1, NULL, NULL, table_testp, 0, 0 },
        { "trap", build_simple, 0, NULL, NULL, NULL, 0, 't' },
        { "vote", build_vote, 0, NULL, NULL, NULL, 0, 0 },
        { "xor", build_logic, 2, table_xor, NULL, NULL, 0, 0 },
};

static int compare_name(const void *key, const void *member)
{
        const struct token *token = key;
        const char *name = ((const struct instruction *)member)->name;
        size_t length = strlen(name);
        int order = memcmp(token->text, name, token->length < length ? token->length : length);

        return order ? order : (token->length > length) - (token->length < length);
}

void instructions_build(struct builder *builder, struct statement *statement)
{
        const struct instruction *instruction = bsearch(&statement->mnemonic, instructions,
                sizeof(instructions) / sizeof(instructions[0]), sizeof(instructions[0]),
                compare_name);

        if (instruction)
                instruction->build(builder, statement, instruction);
        else
                builder_fail_at(builder, statement->line, "unknown instruction '%.*s'",
                        token_width(&statement->mnemonic), statement->mnemonic.text);
}
