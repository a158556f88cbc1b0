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

/*
 * A march goes through a tile in steps of this many bytes: a pair of words for each thread. What it
 * writes in one is there before the next is read.
 */
#define CHECK_STEP_BYTES   (CHECK_THREADS * 16u)
#define CHECK_MARCH_ROUNDS 44u /* after which all bits of a tile were parted: check_march.h */

/* Of these, those from the first on and before the second write half of the pairs at a time. */
#define CHECK_MARCH_RESTS_FROM 4u
#define CHECK_MARCH_RESTS_TO   32u

/* A multiprocessor has four parts, each with its own scheduler and units, and a warp stays on one.
 */
#define CHECK_QUARTERS 4u
#define CHECK_SETS     8u /* of operands, at most */

/* One wrong 64-bit word of memory, or one wrong result of an arithmetic unit. */
struct check_error {
        unsigned long long where;                  /* memory: its address; else a result's index */
        unsigned long long expected, found, again; /* again: a second reading of memory */
        unsigned int sm, quarter;                  /* that found it, or that was wrong */
        unsigned int sweep, block;                 /* sweep: which of a memory test's it was */
};

enum check_effect { CHECK_CLEARS, CHECK_SETS_IT, CHECK_INVERTS };

/* Of the test build: faults on purpose (runner/check/saboteur.c). All zero: none. */
struct check_sabotage {
        /* a bit of one word that acts on a bit of another when it rises, or falls; 0: none */
        unsigned long long aggressor, victim;
        unsigned long long mask; /* these bits of what is wrong are inverted; 0: as below */
        unsigned int aggressor_bit, victim_bit, falls, effect;

        unsigned int multiprocessor; /* plus one: it is wrong, in one result of one thread or, */
        unsigned int quarter;        /* plus one: in bit `bit` of all results of this quarter, */
        unsigned int set;            /* plus one: of this operand set alone */
        unsigned int bit;
        unsigned int idle;     /* it is not wrong, but does not say what it has done */
        unsigned int expects;  /* a multiprocessor plus one that once expects a wrong word */
        unsigned int expected; /* how often it was about to */
        unsigned int alike;    /* every quarter of every multiprocessor is wrong so */
        unsigned int acted;    /* not zero: something of this was not as it would have been */
        unsigned int unused;
};

/* Zeroed before a test; the counters only grow. */
struct check_report {
        unsigned long long errors;
        unsigned int recorded; /* entries of `error` that were asked for */
        unsigned int unused;
        struct check_sabotage sabotage;
        unsigned long long bit[64];
        unsigned long long range[CHECK_RANGES];
        /* rounds that a warp ended there with an operand set, and wrong results of it */
        unsigned int runs[CHECK_MAX_SM][CHECK_QUARTERS][CHECK_SETS];
        unsigned int wrong[CHECK_MAX_SM][CHECK_QUARTERS];
        struct check_error error[CHECK_MAX_ERRORS];
};
