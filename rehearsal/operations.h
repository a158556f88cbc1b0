/*
 * What the operations share: access to slots, and the tables that the instruction builder looks up.
 * A table has one entry a type; NULL means that PTX does not have the combination.
 */
#ifndef FORESTAGE_REHEARSAL_OPERATIONS_H
#define FORESTAGE_REHEARSAL_OPERATIONS_H

#include <string.h>

#include "rehearsal/interpreter.h"

typedef execute_fn *const execute_table[TYPE_COUNT];

static inline float f32_of(uint64_t slot)
{
        uint32_t bits = (uint32_t)slot;
        float value;

        memcpy(&value, &bits, sizeof(value));
        return value;
}

static inline uint64_t f32_bits(float value)
{
        uint32_t bits;

        memcpy(&bits, &value, sizeof(bits));
        return bits;
}

static inline double f64_of(uint64_t slot)
{
        double value;

        memcpy(&value, &slot, sizeof(value));
        return value;
}

static inline uint64_t f64_bits(double value)
{
        uint64_t bits;

        memcpy(&bits, &value, sizeof(bits));
        return bits;
}

#define F32_NAN UINT32_C(0x7fffffff) /* what the hardware makes of every f32 NaN */
#define F16_NAN UINT32_C(0x7fff)

/* The result of an f32 operation: one NaN for all. */
static inline uint64_t f32_result(float value)
{
        return value != value ? F32_NAN : f32_bits(value);
}

/* --- move.c --- */
execute_fn execute_mov, execute_add_offset, execute_not_pred, execute_pack, execute_unpack;
execute_fn execute_selp, execute_nop;
extern execute_table table_slct_s32, table_slct_f32;

/* --- control.c, calls.c --- */
execute_fn execute_branch, execute_branch_index, execute_return, execute_exit, execute_trap;
execute_fn execute_call, execute_nanosleep;

/* --- integer.c --- */
extern execute_table table_add, table_sub, table_mul_lo, table_mul_hi, table_mul_wide;
extern execute_table table_mad_lo, table_mad_hi, table_mad_wide, table_mad_hi_sat;
extern execute_table table_mul24_lo, table_mul24_hi, table_mad24_lo, table_mad24_hi;
extern execute_table table_mad24_hi_sat;
extern execute_table table_div, table_rem, table_min, table_max, table_abs, table_neg, table_sad;
extern execute_table table_add_sat, table_sub_sat, table_add_carry, table_sub_carry;
extern execute_table table_mad_lo_carry, table_mad_hi_carry;
extern execute_table table_dp4a, table_dp2a_lo, table_dp2a_hi;

/* --- bits.c --- */
extern execute_table table_and, table_or, table_xor, table_not, table_cnot, table_shl, table_shr;
extern execute_table table_popc, table_clz, table_brev, table_bfe, table_bfi, table_bfind;
extern execute_table table_bfind_shift, table_fns;
execute_fn execute_shf_l_wrap, execute_shf_l_clamp, execute_shf_r_wrap, execute_shf_r_clamp;
execute_fn execute_prmt, execute_lop3, execute_lop3_bool, execute_szext, execute_bmsk;

/* --- float.c --- `plain` tables round to nearest and keep subnormals; `full` ones heed flags. */
extern execute_table table_fma, table_copysign, table_testp;
extern execute_table plain_add, plain_sub, plain_mul, plain_fma, plain_neg;
extern execute_table full_add, full_sub, full_mul, full_fma, full_div, full_min, full_max;
extern execute_table full_abs, full_neg, full_sqrt, full_rcp, table_sqrt, table_rcp;
extern execute_table table_min3, table_max3;

/* --- special_math.c: approximations --- */
extern execute_table table_rsqrt, table_sin, table_cos, table_ex2, table_lg2, table_tanh;

execute_fn execute_gross_rcp, execute_gross_rsqrt;

/* --- compare.c --- */
execute_fn execute_setp, execute_setp_bool, execute_set, execute_setp_pair, execute_set_pair;

/* How `name` (eq, ltu, …) compares two slots of a type; NULL when there is no such comparison. */
typedef bool compare_fn(uint64_t a, uint64_t b);
compare_fn *compare_find(const char *name, size_t length, enum ptx_type type);

/* Single instructions for the commonest comparisons; NULL: use execute_setp. */
execute_fn *compare_execute(compare_fn *compare);

/* --- convert.c --- */
execute_fn execute_cvt, execute_cvt_pack, execute_cvt_integer, execute_cvt_two;

/* --- memory.c --- */
execute_fn execute_load, execute_store, execute_load_param, execute_load_global_4;
execute_fn execute_load_global_8, execute_load_shared_4, execute_store_global_4;
execute_fn execute_store_global_8, execute_store_shared_4;
execute_fn execute_to_generic, execute_from_generic, execute_is_space, execute_copy_async;

/* --- atomic.c --- */
typedef uint64_t atomic_fn(uint64_t old, uint64_t b, uint64_t c);
atomic_fn *atomic_find(const char *name, enum ptx_type type);
execute_fn execute_atom, execute_red;

/* --- warp.c --- */
execute_fn execute_warp;
enum warp_kind {
        WARP_SHFL_UP,
        WARP_SHFL_DOWN,
        WARP_SHFL_BFLY,
        WARP_SHFL_IDX,
        WARP_VOTE_ALL,
        WARP_VOTE_ANY,
        WARP_VOTE_UNI,
        WARP_VOTE_BALLOT,
        WARP_MATCH_ANY,
        WARP_MATCH_ALL,
        WARP_REDUX_ADD,
        WARP_REDUX_MIN,
        WARP_REDUX_MAX,
        WARP_REDUX_AND,
        WARP_REDUX_OR,
        WARP_REDUX_XOR,
        WARP_SYNC,
        WARP_ELECT,
        WARP_ACTIVE,
};

/* --- barrier.c --- */
execute_fn execute_barrier, execute_barrier_arrive;
enum barrier_kind { BARRIER_SYNC, BARRIER_POPC, BARRIER_AND, BARRIER_OR };

#endif
