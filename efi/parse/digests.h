/*
 * SHA-256 of many files by several processors: whoever is free takes the next one. Plain C11
 * without firmware; what starts the processors is efi/firmware/helpers.h.
 *
 * One processor publishes tasks and closes the list in the end; it and the others work on them. A
 * task is read by one worker only, and its digest may be read once `done` is seen to be set.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/sha256.h"

struct digest {
        const void *data; /* must not change until the task is done */
        uint64_t size;    /* bytes */
        uint8_t sha256[SHA256_SIZE];
        uint32_t done;
};

struct digests {
        struct digest *tasks; /* the caller's array */
        uint32_t published, taken, closed;
};

/* Begins with an empty list that has room for as many tasks as the caller will publish. */
void digests_open(struct digests *ret_digests, struct digest *tasks);

/* Adds a task. Not after digests_close. */
void digests_publish(struct digests *digests, const void *data, uint64_t size);

/* No more tasks will come. */
void digests_close(struct digests *digests);

/* Takes tasks while there are any; `stay` waits for more until the list is closed. */
void digests_work(struct digests *digests, bool stay);

/* Whether every task that was published is done. */
bool digests_done(const struct digests *digests);
