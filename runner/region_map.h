/* The region that the runner writes: a file, or memory that the machine was started with. */
#pragma once

#include "files/place.h"
#include "region/region.h"
#include "runner/options.h"

#define REGION_MAP_WHY PLACE_WHY /* bytes of a reason */

struct region_map {
        void *base;
        size_t size;
        struct region_writer writer;
};

/*
 * Maps the region of the options and opens it for writing in state REGION_RUNNING.
 * A file is made (0600) with the size of the options; one that is there is overwritten only when it
 * is empty or a region, and appended to when it is a live one and --keep-open is given. It must be
 * a regular file of this user with one name, no symbolic link, and nobody else may write to it; any
 * other file stays as it is.
 * Memory must hold a live region already. When false, `why` (REGION_MAP_WHY bytes) is the reason.
 */
bool region_map_open(const struct options *options, struct region_map *ret_map, char *why);
void region_map_close(struct region_map *map);
