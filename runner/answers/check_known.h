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
#include "runner/answers/check_line.h"

#define KNOWN_CHAOS_VALUES (CHAOS_THREADS * CHAOS_CHAINS)

void known_chaos_fp32(float seed[KNOWN_CHAOS_VALUES], float ret_expected[KNOWN_CHAOS_VALUES]);
void known_chaos_fp64(double seed[KNOWN_CHAOS_VALUES], double ret_expected[KNOWN_CHAOS_VALUES]);

#define KNOWN_INTEGER_VALUES (INTEGER_THREADS * INTEGER_CHAINS)

/* As integer.cu takes them. */
void known_integer(
        uint32_t ret_seed[KNOWN_INTEGER_VALUES], uint32_t ret_expected[KNOWN_INTEGER_VALUES]);

/* Words (32 bits) of the inputs and of the expected sums. */
#define KNOWN_MMA_A        (TENSOR_SETS * 4u * 4u * 32u)
#define KNOWN_MMA_B        (TENSOR_SETS * 4u * 2u * 32u)
#define KNOWN_MMA_EXPECTED (TENSOR_SETS * 64u * 32u)

/* As tensor.cu and tensor8.cu take them. */
void known_mma(enum known_type type, uint32_t ret_a[KNOWN_MMA_A], uint32_t ret_b[KNOWN_MMA_B],
        uint32_t ret_expected[KNOWN_MMA_EXPECTED]);

#define KNOWN_WGMMA_A        (TENSOR_SETS * WGMMA_TILES * WGMMA_A_BYTES / 4u)
#define KNOWN_WGMMA_B        (TENSOR_SETS * WGMMA_TILES * WGMMA_B_BYTES / 4u)
#define KNOWN_WGMMA_EXPECTED (TENSOR_SETS * WGMMA_SUMS * 128u)

/* As wgmma.cu takes them. */
void known_wgmma(enum known_type type, uint32_t ret_a[KNOWN_WGMMA_A], uint32_t ret_b[KNOWN_WGMMA_B],
        uint32_t ret_expected[KNOWN_WGMMA_EXPECTED]);
