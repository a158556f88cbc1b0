/*
 * Known answers of the sparse tensor cores, by the CPU. Pure. Of each four elements of A beside
 * each other two are there; which, goes from row to row, from four to four, from tile to tile and
 * from set to set, so that each place has each of the SPARSE_PATTERNS.
 */
#pragma once

#include <stdint.h>

#include "kernels/check/sparse.h"
#include "runner/answers/check_known.h"

/* Words (32 bits) of the inputs; the sums are as many as without gaps. */
#define SPARSE_MMA_A      KNOWN_MMA_A
#define SPARSE_MMA_B      (2 * KNOWN_MMA_B)
#define SPARSE_MMA_PLACES (TENSOR_SETS * 4u * 32u)

/* As sparse.cu takes them. */
void known_sparse_mma(uint32_t ret_a[SPARSE_MMA_A], uint32_t ret_b[SPARSE_MMA_B],
        uint32_t ret_expected[KNOWN_MMA_EXPECTED], uint32_t ret_places[SPARSE_MMA_PLACES]);

#define SPARSE_WGMMA_PLACES (TENSOR_SETS * WGMMA_TILES * 128u)

/* As sparse90.cu takes them. */
void known_sparse_wgmma(uint32_t ret_a[KNOWN_WGMMA_A], uint32_t ret_b[KNOWN_WGMMA_B],
        uint32_t ret_expected[KNOWN_WGMMA_EXPECTED], uint32_t ret_places[SPARSE_WGMMA_PLACES]);
