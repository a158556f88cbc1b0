/*
 * The march of memory-inversions, by its rounds. Pure.
 *
 * A round writes zeroes, and then goes over all of the memory four times. Each time, an element,
 * goes upwards or downwards, over the tiles and inside each tile; it reads every word, which has to
 * be as it was left, and writes it with some bits turned. A pair of words in which it turns nothing
 * it does not write. What it writes in one step of a tile (CHECK_STEP_BYTES) is there before the
 * next step is read. In the end zeroes are read.
 *
 * Round 0 turns everything: it is March C-, up (write 0), up (read 0, write 1), up (read 1, write
 * 0), down (read 0, write 1), down (read 1, write 0), (read 0). A bit that sets, clears or inverts
 * another when it rises or falls is found, above it or below it, if the two are not in one step.
 * In one step, the other may have been read already and not yet been written: then it is as if
 * nothing had acted on it.
 *
 * The later rounds turn half of all bits in one element and the other half in the next. A half is
 * made of places: round 1 parts those whose numbers have an odd number of ones from the others, the
 * rounds from 2 on those with a one in a certain place, twice each, with the one half turned first
 * and then the other. Where the place is one that tells pairs apart, a whole pair is at rest while
 * the others turn: what acts on a bit of it is found wherever the two are and in whatever order
 * they are written. Where it tells the words of a pair or the bits of a word apart, the two are
 * written at once. With the 21 bits that tell the bits of a tile apart, that is CHECK_MARCH_ROUNDS:
 * after them, two bits of one tile have been in different halves with every change of the one
 * beside every value of the other. Further rounds go on with the bits that tell tiles apart, then
 * with halves that look random.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "kernels/check/report.h"

#define CHECK_MARCH_ELEMENTS 4

/* The pattern "stripe": these bits, or in words with an odd number of ones in `words` the others.
 */
struct check_stripe {
        uint64_t a, words;
};

struct check_march_element {
        struct check_stripe expected, turned;
        bool down;
};

void check_march(unsigned round, uint64_t memory_bytes,
        struct check_march_element ret_elements[CHECK_MARCH_ELEMENTS]);

/* Whether an element that turns this writes every second pair only. */
bool check_march_rests(struct check_stripe turned);
