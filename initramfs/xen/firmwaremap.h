/* The firmware's memory map, as Linux keeps it in /sys/firmware/memmap. */
#pragma once

#include <stdbool.h>

#include "initramfs/xen/multiboot.h"

#define FIRMWAREMAP_FOLDER "/sys/firmware/memmap"

/* Reads the map below `folder`, sorted; the caller frees ret_map->entries. False with errno. */
bool firmwaremap_read(const char *folder, struct memory_map *ret_map);

/* The type that a line of …/type names; what is unknown is reserved. */
enum memory_type firmwaremap_type(const char *name);
