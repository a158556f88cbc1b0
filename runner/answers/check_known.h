/*
 * Known answers of the arithmetic tests, by the CPU. Pure. Nothing here has a choice: a fused
 * multiply-add is fixed by IEEE 754, and the tensor cores' inputs are whole numbers (times powers
 * of two) whose sums need no rounding.
 */
#pragma once

#include <stdint.h>

#include "kernels/check/chaos.h"
#include "kernels/check/double.h"
#include "kernels/check/integer.h"
#include "kernels/check/tensor.h"

#define KNOWN_CHAOS_VALUES (CHAOS_THREADS * CHAOS_CHAINS)

void known_chaos_fp32(float seed[KNOWN_CHAOS_VALUES], float ret_expected[KNOWN_CHAOS_VALUES]);
void known_chaos_fp64(double seed[KNOWN_CHAOS_VALUES], double ret_expected[KNOWN_CHAOS_VALUES]);

#define KNOWN_INTEGER_VALUES (INTEGER_THREADS * INTEGER_CHAINS)

/* As integer.cu takes them. */
void known_integer(
        uint32_t ret_seed[KNOWN_INTEGER_VALUES], uint32_t ret_expected[KNOWN_INTEGER_VALUES]);

enum known_type {
        KNOWN_BF16,
        KNOWN_FP16,
        KNOWN_TF32,
        KNOWN_INT8,
        KNOWN_MMA_TYPES,
        KNOWN_E4M3 = KNOWN_MMA_TYPES, /* through wgmma alone */
        KNOWN_E5M2,
        KNOWN_TYPES,
};

/* Elements in the 32 bytes of a row of A: the depth of one multiplication. */
unsigned known_depth(enum known_type type);

/* Words (32 bits) of the inputs and of the expected sums. */
#define KNOWN_MMA_A        (TENSOR_SETS * 4u * 4u * 32u)
#define KNOWN_MMA_B        (TENSOR_SETS * 4u * 2u * 32u)
#define KNOWN_MMA_EXPECTED (TENSOR_SETS * 64u * 32u)

/* As tensor.cu takes them, which has the types below KNOWN_MMA_TYPES. */
void known_mma(enum known_type type, uint32_t ret_a[KNOWN_MMA_A], uint32_t ret_b[KNOWN_MMA_B],
        uint32_t ret_expected[KNOWN_MMA_EXPECTED]);

#define KNOWN_WGMMA_A        (TENSOR_SETS * WGMMA_TILES * WGMMA_A_BYTES / 4u)
#define KNOWN_WGMMA_B        (TENSOR_SETS * WGMMA_TILES * WGMMA_B_BYTES / 4u)
#define KNOWN_WGMMA_EXPECTED (TENSOR_SETS * WGMMA_SUMS * 128u)

/* As wgmma.cu takes them. */
void known_wgmma(enum known_type type, uint32_t ret_a[KNOWN_WGMMA_A], uint32_t ret_b[KNOWN_WGMMA_B],
        uint32_t ret_expected[KNOWN_WGMMA_EXPECTED]);
