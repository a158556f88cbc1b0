/*
 * Tables of instructions: each row is a line or two of PTX and, in C, what it must compute. A row
 * runs on thousands of combinations of values that are known for trouble.
 *
 * The PTX finds its inputs a, b, c, d in registers of every kind: d0 to d3 (.b64), r0 to r3 (.b32:
 * the low half), h0 to h3 (.b16), f0 to f3 (.f32), g0 to g3 (.f64), p0 to p3 (.pred: the lowest
 * bit); it leaves its result in the fifth register of a kind, and may use the ones behind.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum values {
        VALUES_INTEGER, /* corners of 16, 32 and 64 bits */
        VALUES_SMALL,   /* 0 to 300: amounts, positions */
        VALUES_F32,
        VALUES_F64,
        VALUES_F16, /* in the low 16 bits; another above it */
        VALUES_BF16,
        VALUES_MIXED, /* a and b are integers, c and d small */
};

struct row {
        const char *ptx;
        char result; /* d, r, h, f, g, p: which register the result is in */
        enum values values;
        uint64_t (*expect)(uint64_t a, uint64_t b, uint64_t c, uint64_t d);
};

/* X(identifier, result, values, ptx, expression in a, b, c, d) */
#define ROW_FUNCTION(id, result, values, ptx, expression)                           \
        static uint64_t expect_##id(uint64_t a, uint64_t b, uint64_t c, uint64_t d) \
        {                                                                           \
                (void)a, (void)b, (void)c, (void)d;                                 \
                return (uint64_t)(expression);                                      \
        }
#define ROW_ENTRY(id, result, values, ptx, expression) { ptx, result, values, expect_##id },

/* Runs every row as a test of its own; the exit status of main. */
int run_rows(const struct row *rows, size_t count);

/* Bits to numbers and back. */
float as_f32(uint64_t bits);
double as_f64(uint64_t bits);
uint64_t of_f32(float value);
uint64_t of_f64(double value);
