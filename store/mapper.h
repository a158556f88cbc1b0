/*
 * Inputs of a store as devices of Linux's device-mapper (linux/dm-ioctl.h): what lies in the
 * store's extents in one piece (dm-linear), each block of it held against its hash when it is read
 * (dm-verity). Both only read: so are they made.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "store/map.h"

#define MAPPER_CONTROL "/dev/mapper/control"

/*
 * Makes the devices of input `number` of the map; `control` is the open MAPPER_CONTROL, `disk` the
 * store's. `ret_device` is what can be mounted. False: `why` (WHY_SIZE bytes) says what Linux did.
 */
bool mapper_make(int control, dev_t disk, const struct store_map *map, size_t number,
        dev_t *ret_device, char *why);

/*
 * Whether no block of input `number` was found that does not fit its hash, since it was made. When
 * false, `why` says that one was, or that it cannot be told.
 */
bool mapper_is_sound(int control, size_t number, char *why);
