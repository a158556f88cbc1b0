/*
 * What a disk says of itself, read by the same code where a run is armed and where its jobs run:
 * there the kernel may have given the disk another name.
 */
#pragma once

#include <stdbool.h>

#include "store/map.h"

/*
 * From the disk's folder in sysfs, and its GPT through `fd`, which is open for reading. False: its
 * size cannot be read; `why` (WHY_SIZE bytes) says so. What it does not say stays "".
 */
bool store_disk_read(const char *folder, int fd, struct store_disk *ret_disk, char *why);

/*
 * Whether a disk is the one that is wanted: of that size, and what both say of themselves is the
 * same, at least one of WWN, serial number and GPT. When false, `why` says what differs.
 */
bool store_disk_is(const struct store_disk *disk, const struct store_disk *wanted, char *why);
