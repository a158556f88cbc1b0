/* The files that GRUB sees, as this host has them mounted: what dom0/grub asks for. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"
#include "dom0/grub/grubfiles.h"
#include "dom0/xen/bootdevice.h"

struct bootfiles {
        struct bootdevices devices;
        char *folder;           /* of grub.cfg, as GRUB names it; owned */
        struct grub_files grub; /* for the reader; its context is this */
};

/* `config` is grub.cfg with the host's root before it. Release it with bootfiles_close. */
bool bootfiles_open(const struct host *host, const char *config, struct bootfiles *ret_files,
        struct failure *ret_error);
void bootfiles_close(struct bootfiles *files);
