/*
 * The file systems that are mounted here, as GRUB's devices. Towards the reader of a script they
 * are called "grub.cfg", the one that it came from, or "8:2"; one that is not here, or not mounted,
 * has a name that says so; and any other text is one of which only GRUB knows what it is
 * (hd0,gpt2). No name has blanks, for a script may put it between words.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dom0/base/host.h"
#include "dom0/grub/grubfiles.h"
#include "dom0/host/mount.h"

#define BOOTDEVICE_HERE "grub.cfg"

struct bootdevices {
        const struct host *host; /* borrowed */
        struct mount *mounts;    /* owned */
        size_t count;
        const struct mount *here; /* that holds grub.cfg */
        char *dom0_line;          /* of the running dom0: its root= names a device; owned */
};

/* What `search` finds by a UUID or label: as grub_files.search has it. */
bool bootdevice_search(const struct bootdevices *devices, enum grub_search kind, const char *what,
        char **ret_device);

/* One mount of a device; NULL: none is known by that name. */
const struct mount *bootdevice_find(const struct bootdevices *devices, const char *name);

/* Owned names: of a mount's device; and of one that was searched for, and is not here (`missing`)
 * or cannot be told. */
char *bootdevice_name(const struct mount *mount);
char *bootdevice_unknown(bool missing, enum grub_search kind, const char *what);

/* What a GRUB could read: a disk. Its names of other mounts are not of disks. */
bool bootdevice_is_disk(const struct mount *mount);

/*
 * The host's path of GRUB's, in one mount, with the host's root before it; owned. NULL: it is not
 * in there, or hidden by another mount.
 */
char *bootdevice_file(
        const struct bootdevices *devices, const struct mount *mount, const char *path);

/* Why nothing can be read from a device, by its name, owned; NULL: something can. */
char *bootdevice_why_not(const char *name);
