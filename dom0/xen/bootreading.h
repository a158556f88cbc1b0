/*
 * The host's files that the paths of an entry mean. Where GRUB reads a path from is not always
 * known: the file system may be one of several, and on btrfs the path may start at the file
 * system's root or in the subvolume that is mounted as root. All files of an entry are read in one
 * way: what boots is never put together from two systems.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dom0/base/failure.h"
#include "dom0/grub/grubentry.h"
#include "dom0/xen/bootdevice.h"

#define BOOTREADING_MAX (1u + GRUB_MAX_MODULES) /* images of an entry: Xen and its modules */

/*
 * The files of the images, with the host's root before them; owned by the caller. False:
 * `ret_failed` is the image for which there is none; whose file system is not mounted; or which may
 * be one of two files that differ. No file is set then.
 */
bool bootreading_resolve(const struct bootdevices *devices, const struct grub_image *const images[],
        size_t count, char *ret_files[], size_t *ret_failed, struct failure *ret_error);
