/*
 * The store of this host, kept in /var/lib/forestage/store.json: what holds it, and the map as it
 * was written into it last. There is one at most.
 */
#pragma once

#include <stdbool.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"
#include "store/map.h"

struct store_record {
        char *path;     /* owned; as it was named */
        bool is_device; /* otherwise a file of its own */
        struct store_map map;
};

/*
 * EXIT_PASS; EXIT_NO_RUN: there is none; EXIT_FAIL: it cannot be read, or is not what was written.
 * The failure says so. For store_record_free.
 */
enum exit_code store_record_load(
        const struct host *host, struct store_record *ret_record, struct failure *ret_error);

/* Writes it: complete and on disk, or not at all. */
bool store_record_save(
        const struct host *host, const struct store_record *record, struct failure *ret_error);

bool store_record_forget(const struct host *host, struct failure *ret_error);

void store_record_free(struct store_record *record);

/* Bytes on the disk, with the first block of each extent. Pure. */
uint64_t store_record_bytes(const struct store_record *record);
