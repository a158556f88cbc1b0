/* What the kernels that test the memory on the chip and forestage-run agree on. */
#pragma once

#define SRAM_THREADS 256

/* Of a round of the march over shared memory: check_march.h's, and a last reading. */
#define SRAM_ELEMENTS 5

/* Stripes (pattern.h) that are there, and that are turned. */
struct sram_element {
        unsigned long long a, words, turned_a, turned_words, down;
};

/* Registers under test of every thread: ten times as many as there are tens in sram.cu. */
#define SRAM_REGISTERS 240
#define SRAM_NUMBERS   256 /* that a thread's have in a report */

/* What register n of a thread holds in a round: first + n * step, or its complement. */
struct sram_line {
        unsigned first, step;
};

/* A block reads a part of a cache at once: so many 16-byte pairs a thread before it compares. */
#define SRAM_BATCH        4
#define SRAM_LEVEL1_BLOCK 1024 /* threads: one block has room on a multiprocessor */
#define SRAM_LEVEL2_BLOCK 256
#define SRAM_LEVEL1_PART  (SRAM_LEVEL1_BLOCK * SRAM_BATCH * 16)
#define SRAM_LEVEL2_PART  (SRAM_LEVEL2_BLOCK * SRAM_BATCH * 16)
#define SRAM_LEVEL2_MOST  0x2000000 /* bytes under test */
#define SRAM_SHARED_MOST  0x100000  /* bytes that no multiprocessor has */
#define SRAM_LEVEL2_SHIFT 37u       /* parts between what a block reads in two sweeps */

/* Atomic operations on a word: so many, of one of these kinds by the word's warp. */
#define SRAM_ATOMIC_KINDS 6 /* add, exclusive or, or, and, most, least */
#define SRAM_ATOMIC_TURNS 16u

/* Bulk copies: threads of a block, and of how many bytes what it copies is a multiple. */
#define SRAM_BULK_THREADS 256
#define SRAM_BULK_UNIT    1024u

/* Constant memory: all that a kernel can have. */
#define SRAM_CONSTANT_WORDS 16384u

#ifdef SRAM_FUNCTION
/* What a word of it holds, or its complement. */
SRAM_FUNCTION unsigned sram_constant(unsigned word)
{
        return (word + 1) * 0x9e3779b1u;
}
#endif
