/*
 * The rows and columns that the tensor cores multiply: whole numbers (times powers of two) whose
 * sums need no rounding, in whatever order the hardware adds. Pure.
 */
#pragma once

#include <stdint.h>

enum known_type {
        KNOWN_BF16,
        KNOWN_FP16,
        KNOWN_TF32,
        KNOWN_INT8,
        KNOWN_E4M3,
        KNOWN_E5M2,
        KNOWN_TYPES,
};

#define KNOWN_MOST_DEPTH 32u

/* A row of A or a column of B: `exponent` scales all of it. */
struct known_line {
        int value[KNOWN_MOST_DEPTH];
        int exponent; /* by its number alone */
};

/* Words that look random, by four numbers. */
uint32_t known_random(unsigned set, unsigned tile, unsigned line, unsigned element);

/* Elements in the 32 bytes of a row of A: the depth of one multiplication. */
unsigned known_depth(enum known_type type);

/*
 * `side` is 0 for A and 1 for B; set 0 has a wide A, set 1 a wide B. Tiles are as many as one
 * likes; four of them go through TENSOR_STEPS steps without rounding.
 */
struct known_line known_line(
        enum known_type type, unsigned side, unsigned set, unsigned tile, unsigned number);

/* The word that holds bytes 4 * `word` on of a line. */
uint32_t known_word(enum known_type type, const struct known_line *line, unsigned word);

/* The sum of the products of two lines, without their exponents. */
int64_t known_dot(enum known_type type, const struct known_line *a, const struct known_line *b);

/* A sum as a GPU has it: single precision, or a whole number. */
uint32_t known_sum(enum known_type type, int64_t sum, int exponent);
