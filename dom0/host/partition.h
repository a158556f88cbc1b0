/* The block device under a file system: which partition of which disk it is, as firmware sees it.
 */
#pragma once

#include <stdbool.h>

#include "dom0/base/host.h"
#include "dom0/host/bootoption.h"

enum partition_kind {
        PARTITION_UNKNOWN, /* sysfs does not say */
        PARTITION_PLAIN,   /* of a disk that firmware knows; RAID of the firmware's own is one */
        PARTITION_BARE,    /* firmware can use it, but no boot option made here can name it */
        PARTITION_RAID,    /* md: firmware changes one disk of several, and md does not notice */
        PARTITION_MAPPED,  /* device mapper (LVM, dm-crypt): firmware cannot read it */
        PARTITION_VIRTUAL, /* made by Linux alone, as a loop device is: firmware cannot see it */
};

/* What cannot be found out stays "" or 0. */
struct partition {
        enum partition_kind kind;
        char device[64];                 /* "/dev/sda1" */
        char what[192];                  /* of an array or a mapping, in words */
        char disk[64];                   /* PARTITION_PLAIN: "/dev/sda" */
        unsigned number;                 /* of the partition on the disk */
        char uuid[64];                   /* of the file system, as GRUB's search wants it */
        char name[BOOTOPTION_PARTITION]; /* PARTUUID, as in struct bootoption */
};

/* Looks the device up by its numbers, as mountinfo has them. */
void partition_identify(
        const struct host *host, unsigned major, unsigned minor, struct partition *ret_partition);
