/*
 * A new bundle in the place of the old one. It is made complete beside it, in a folder that neither
 * forestage.efi nor a job knows; only then both change places, by renaming, with the order gone
 * first and back last. What fails on the way is taken back, and the earlier order is armed as it
 * was. A power cut in between leaves no order, so that the next boot is a normal one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dom0/base/failure.h"
#include "dom0/host/esp.h"

/* What of an earlier run stays where it is until the new bundle takes its place. */
enum swap_keep {
        SWAP_KEEP_NOTHING, /* no order needs it */
        SWAP_KEEP_JOBS, /* nor this one, but its jobs go on as they are, and do not move at all */
        SWAP_KEEP_ALL,  /* an order is there */
};

struct swap {
        const struct esp *esp; /* borrowed */
        struct esp draft;      /* the same, with the new bundle's folder; only that is owned */
        int folder;            /* open; -1: not begun */
        enum swap_keep keep;
        size_t steps;   /* that were done, of all */
        unsigned moved; /* a bit for each that had something to rename */
};

/* Bytes that swap_begin will make free. */
uint64_t swap_leftovers(const struct esp *esp, enum swap_keep keep);

/*
 * Makes the folder for the new bundle, after removing what an interrupted arm or install has left,
 * and of an earlier run what is not to be kept. The caller has the lock of dom0/base/lock.h, and
 * has it since before it looked whether something is armed. `ret_swap`, which starts with folder
 * -1, is for swap_end whatever comes.
 */
bool swap_begin(const struct esp *esp, enum swap_keep keep, struct swap *ret_swap,
        struct failure *ret_error);

/* Everything that was written is on disk. */
bool swap_sync(const struct swap *swap, struct failure *ret_error);

/* Puts the new bundle in its place, with no order: neither the old one nor the new. */
bool swap_bundle(struct swap *swap, struct failure *ret_error);

/* The new order, which must be in the draft, in its place. */
bool swap_order(struct swap *swap, struct failure *ret_error);

/* Takes back what was done. False: not all could be; then nothing is armed. */
bool swap_back(struct swap *swap, struct failure *ret_error);

/*
 * Removes the draft or, after the swap, the old bundle; nothing of a swap that was never begun.
 * When swap_back has failed, both stay until the next swap_begin.
 */
void swap_end(struct swap *swap);
