/*
 * What the kernels of the built-in checks and forestage-run agree on: the report that the kernels
 * fill in device memory, and the numbers of the memory patterns. Compiled as C and as CUDA.
 */
#pragma once

#define CHECK_MAX_ERRORS 4096u /* kept in full on the device; all are counted */
#define CHECK_RANGES     64u
#define CHECK_MAX_SM     1024u

/* A block of a memory kernel works on this many bytes; ranges are whole multiples of it. */
#define CHECK_TILE_BYTES 262144u
#define CHECK_THREADS    256u

/* One wrong 64-bit word of memory, or one wrong result of an arithmetic unit. */
struct check_error {
        unsigned long long where;                  /* memory: its address; else a result's index */
        unsigned long long expected, found, again; /* again: a second reading of memory */
        unsigned int sm, block;
};

/* Zeroed before a test; the counters only grow. */
struct check_report {
        unsigned long long errors;
        unsigned int recorded; /* entries of `error` that were asked for */
        unsigned int sabotage; /* of the test build: the multiprocessor to be wrong, plus one */
        unsigned long long bit[64];
        unsigned long long range[CHECK_RANGES];
        unsigned int sm_runs[CHECK_MAX_SM]; /* blocks that ran to their end on it */
        unsigned int sm_errors[CHECK_MAX_SM];
        struct check_error error[CHECK_MAX_ERRORS];
};

#define CHECK_REPORT_HEAD (16u + 64u * 8u + CHECK_RANGES * 8u + CHECK_MAX_SM * 8u)
