/* The store of the order: found, and proven to be the one that dom0 has prepared, before the jobs.
 */
#pragma once

#include <stdbool.h>

#include "initramfs/stage/stage.h"
#include "initramfs/store/disks.h"
#include "store/pen.h"

#define CLAIM_FILE       "/forestage/store"
#define CLAIM_PATIENCE_S 20u /* for the disk to turn up */

struct claim {
        int fd; /* of the whole disk; -1: there is no store */
        struct store_map map;
        struct store_pen pen; /* valid while fd is; it has the map's address */
};

/*
 * Reads the map in `file`, finds its disk in `place`, and each first block on it. Nothing is
 * written. False: stage->error says why the store cannot be had; then claim->fd is -1. When it is
 * good, stage->detail says which it is.
 */
bool claim_make(struct stage *stage, const char *file, const struct disks_place *place,
        unsigned patience_s, struct claim *claim);
