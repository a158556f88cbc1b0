/*
 * NVSwitches, which join the GPUs of a board of eight or sixteen: devices of NVIDIA's of the class
 * "other bridge", as NVIDIA's driver knows them, too. Those of the fourth generation (B200) are not
 * among them: they are reached through InfiniBand.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "efi/parse/text.h"

/* Whether a device's files "vendor" and "class" (0x10de, 0x068000) are those of an NVSwitch. Pure.
 */
bool switches_is_one(struct slice vendor, struct slice class);

/* How many there are below a folder like /sys/bus/pci/devices. */
size_t switches_count(const char *folder);
