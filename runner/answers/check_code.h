/*
 * The code that tests the caches of instructions (kernels/check/code.cu): CODE_INSTRUCTIONS of
 * them, each with a number of its own, as PTX and as the CPU computes them. Pure.
 *
 * Each changes one of the values so that it can be changed back while the others are known: one
 * that was wrong once is never right again, whatever comes after it.
 */
#pragma once

#include <stdint.h>

#include "kernels/check/code.h"

/*
 * The kernels' PTX with the code where their marker is, for free(); NULL: there is no memory, or no
 * marker with CODE_VALUES names behind it. `wrong`: of this instruction, from 1 on, one bit of the
 * number is turned; 0: of none.
 */
char *code_write(const char *ptx, unsigned wrong);

/* What comes of the values; `wrong` as above. */
void code_compute(uint32_t values[CODE_VALUES], unsigned wrong);

/* As code.cu takes them: CODE_THREADS of each value. */
void known_code(uint32_t ret_seed[CODE_VALUES * CODE_THREADS],
        uint32_t ret_expected[CODE_VALUES * CODE_THREADS]);
