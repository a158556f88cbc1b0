/* Whether a file is a Linux kernel that the firmware can start (PE/COFF specification). Plain C11.
 */
#pragma once

#include "efi/parse/text.h"

/*
 * Checks that the image is a PE32+ EFI application for x86-64 and, by the image version that
 * Linux's EFI stub carries, that it takes its initrd through LoadFile2 (Linux 5.8). Appends the
 * reason, which starts with `name`.
 */
bool pe_check(const char *name, const void *image, uint64_t size, struct text *reason);
