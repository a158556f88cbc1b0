/* The EFI system partition as this host has it mounted. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"
#include "dom0/host/partition.h"

struct esp {
        char *point;    /* where it is mounted; owned */
        char *path;     /* the same with the host's root before it; owned */
        char *folder;   /* path/EFI/forestage, there or not; owned */
        bool read_only; /* mounted so */
        struct partition partition;
};

/*
 * Finds it. It must be FAT and have a folder EFI, and `given` is where it is mounted, by any name
 * of that folder. NULL: of all that is mounted, the one with EFI/forestage/forestage.efi, or that
 * firmware booted from, or the only one if it is at a usual place; otherwise the reason names those
 * that there are. An automount is triggered. Changes nothing.
 */
bool esp_find(
        const struct host *host, const char *given, struct esp *ret_esp, struct failure *ret_error);
void esp_free(struct esp *esp);

/*
 * Whether firmware may read it and write to it, as forestage.efi does: false on software RAID, LVM
 * and the like. What lies under it is said, and what to do.
 */
bool esp_check_device(const struct esp *esp, struct failure *ret_error);

/* Whether it can be written to and has room for `bytes` more. */
bool esp_check_room(
        const struct host *host, const struct esp *esp, uint64_t bytes, struct failure *ret_error);

/* A path below EFI/forestage, owned by the caller. */
__attribute__((format(printf, 2, 3))) char *esp_file(
        const struct esp *esp, const char *format, ...);
