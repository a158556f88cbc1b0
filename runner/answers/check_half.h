/*
 * Known answers of the chains in packed half precision, by the CPU. Pure. What half.cu computes
 * with rounded fused multiply-adds is whole numbers here, which are rounded in one place: to a step
 * of 1.
 */
#pragma once

#include <stdint.h>

#include "kernels/check/half.h"

#define KNOWN_HALF_VALUES (HALF_VALUES * HALF_THREADS)

/* As half.cu takes them. */
void known_half(uint32_t ret_seed[KNOWN_HALF_VALUES], uint32_t ret_expected[KNOWN_HALF_VALUES]);
