/* The host's normal loader. */
#pragma once

#include "efi/firmware/folder.h"

/*
 * Starts the loader at `path` (as struct conf has it) on our own device. Returns when there is none
 * or when it came back: the status is for the firmware, which then goes on with its next boot
 * option.
 */
EFI_STATUS fallback_start(struct slice path);
