/* The run that the stage has kept in the store of this host (store/kept.h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"
#include "dom0/store/record.h"
#include "lib/uuid.h"

struct keeping {
        char *path;                /* of the store; owned */
        char run[UUID_LENGTH + 1]; /* as the stage has named it; nothing says that it is true */
        uint8_t run_id[16];
        void *region; /* owned, mapped; as untrusted as one in memory */
        size_t size;
};

/*
 * Reads it from the disk, past all caches, where the store lies now. EXIT_NO_RUN: there is no
 * store, or no run in it; EXIT_INCOMPLETE: it cannot be read. For keeping_free.
 */
bool keeping_read(const struct host *host, struct keeping *ret_keeping, struct failure *ret_error);
void keeping_free(struct keeping *keeping);

/*
 * Opens the disk of a store for reading, past all caches, where it lies now, and waits until there
 * is one (host->disk_patience); the first blocks are for store_pen_open. -1: the failure says why.
 */
int keeping_open_disk(
        const struct host *host, const struct store_record *record, struct failure *ret_error);
