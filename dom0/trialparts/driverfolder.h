/*
 * The folder with the driver that a trial loads in dom0, laid out as docs/image.md has it: modules
 * and their order, firmware, libcuda. One with lib/ alone brings no module.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dom0/base/failure.h"
#include "lib/sha256.h"

#define DRIVERFOLDER_MODULES 64u
#define DRIVERFOLDER_NEEDED  16u
#define DRIVERFOLDER_REMARKS 8u

struct driverfolder {
        char *path;       /* absolute, without links; owned */
        char version[64]; /* of nvidia.ko; "" without modules */
        bool is_open;
        struct driverfolder_module {
                char name[64];
                uint8_t sha256[SHA256_SIZE];
        } module[DRIVERFOLDER_MODULES]; /* in the order in which they are loaded */
        size_t count;
        /* what they need and the folder does not bring: dom0's own */
        char needed[DRIVERFOLDER_NEEDED][64];
        size_t needed_count;
        char *remark[DRIVERFOLDER_REMARKS]; /* what may be missing, as sentences; owned */
        size_t remarks;
};

/*
 * Checks it for a dom0 of the kernel `release`: nobody but root (and this user) can change anything
 * in it or lead the path elsewhere; its modules are there, for that kernel and in an order in which
 * they can be loaded; libcuda and the firmware that nvidia.ko asks for are there. False with a
 * reason. Release it with driverfolder_free.
 */
bool driverfolder_check(const char *path, const char *release, struct driverfolder *ret_folder,
        struct failure *ret_error);
void driverfolder_free(struct driverfolder *folder);
