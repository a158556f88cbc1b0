/* The firmware's memory map, as Linux keeps it in /sys/firmware/memmap. */
#pragma once

#include <stdbool.h>

#include "efi/parse/modules.h"
#include "initramfs/xen/multiboot.h"

#define FIRMWAREMAP_FOLDER "/sys/firmware/memmap"
#define FIRMWAREMAP_SPARE  (2 * MODULES_MAX) /* memory_map_release takes two for each module */

/*
 * Reads the map below `folder`, sorted, with room for FIRMWAREMAP_SPARE more; the caller frees
 * ret_map->entries. False with errno.
 */
bool firmwaremap_read(const char *folder, struct memory_map *ret_map);

/* The type that a line of …/type names; what is unknown is reserved. */
enum memory_type firmwaremap_type(const char *name);
