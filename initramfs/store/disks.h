/*
 * The disks of the machine, as far as a store needs them: their drivers are loaded when an order
 * names one, and not otherwise; the one disk is found by what it says of itself, and what would
 * lead others to it is removed.
 */
#pragma once

#include <stdbool.h>

#include "store/disk.h"

/* It has a file `order`, of names, one a line, each behind what it needs; and NAME.ko. */
#define DISKS_FOLDER "/lib/modules/disk"
#define DISKS_NAME   64u

/*
 * Loads what the folder has, and returns how many drivers that was; one that finds no device, or is
 * built in, is no fault.
 */
unsigned disks_load(const char *folder);

/* Where the kernel has its disks. */
struct disks_place {
        const char *sys; /* /sys/block */
        const char *dev; /* /dev */
};

/*
 * Opens the disk that is wanted, for reading and writing, past all caches, and waits for it at most
 * `patience_s` seconds: disks turn up behind their drivers. -1: none is the one, two are, or it is
 * read-only; `why` (WHY_SIZE bytes) says so.
 */
int disks_open(const struct disks_place *place, const struct store_disk *wanted,
        unsigned patience_s, char ret_name[DISKS_NAME], char *why);

/*
 * Removes all that leads to a disk from a folder of nodes: block devices, and the character devices
 * through which commands can be given to disks past them (NVMe, SCSI, controllers), or devices made
 * of them (device-mapper).
 */
void disks_hide(const struct disks_place *place);
