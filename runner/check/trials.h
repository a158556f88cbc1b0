/*
 * Of the test build: faults at random, one in each run of a test, until so many did something; each
 * has to be found, and placed. What is counted is what the kernels or the copies did, not what was
 * meant: a draw that changed nothing is drawn again, and the test has to pass with it.
 */
#pragma once

#include "runner/check/check.h"

enum trial_fault {
        TRIAL_THREAD,  /* one wrong result of one thread of a multiprocessor */
        TRIAL_QUARTER, /* a bit that is stuck in a quarter, with one set of operands */
        TRIAL_MASK,    /* up to eight bits that are inverted there */
        TRIAL_WIDE,    /* all bits of the results there */
        TRIAL_ALIKE,   /* a bit that is stuck in all quarters, in a kind of operation with a golden
                          hash */
        TRIAL_STUCK,   /* a bit of a word of a multiprocessor's shared memory that is stuck */
        TRIAL_COUPLED, /* one that another one of it acts on, from another step of the march */
        TRIAL_CODE,    /* a bit of one instruction that is turned, for all multiprocessors */
        TRIAL_COPY,    /* a bit that is turned on the way */
        TRIAL_FLIP,    /* a bit of device memory that is turned between write and check */
        TRIAL_ADDRESS, /* a word that gets what was meant for another: an address line is stuck */
        TRIAL_DATA,    /* a bit of a word that follows another one of it, whatever is written */
        TRIAL_FAULTS,
};

bool trial_fault_parse(const char *name, enum trial_fault *ret_fault);

/* Sets the faults of a check, and keeps the others that it has. `random` gives a number by number.
 */
void trials_set(struct check *check, enum trial_fault fault, unsigned long count,
        uint64_t (*random)(uint64_t number));
