/* The EFI system partition as this host has it mounted. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"

struct esp {
        char *point;     /* where it is mounted; owned */
        char *path;      /* the same with the host's root before it; owned */
        char *folder;    /* path/EFI/forestage, there or not; owned */
        bool read_only;  /* mounted so */
        char disk[64];   /* "/dev/sda"; "" when it is no partition of a disk */
        unsigned number; /* of the partition on the disk */
        char uuid[64];   /* of the file system, as GRUB's search wants it; "": not known */
};

/*
 * Finds it: mounted at `given`, or, when that is NULL, at one of the usual places. It must be FAT
 * and have a folder EFI. Only looks.
 */
bool esp_find(
        const struct host *host, const char *given, struct esp *ret_esp, struct failure *ret_error);
void esp_free(struct esp *esp);

/* Whether it can be written to and has room for `bytes` more. */
bool esp_check_room(
        const struct host *host, const struct esp *esp, uint64_t bytes, struct failure *ret_error);

/* A path below EFI/forestage, owned by the caller. */
__attribute__((format(printf, 2, 3))) char *esp_file(
        const struct esp *esp, const char *format, ...);
