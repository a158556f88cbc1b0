/* The archive that comes behind dom0's initrd in a trial: the guard and its module. Pure. */
#pragma once

#include <stddef.h>

#include "dom0/trialparts/guardparts.h"

/*
 * /forestage-guard (0755) and, where there is a module, /forestage-guard.ko (0644), as Linux
 * unpacks them; a multiple of 4 bytes. Owned.
 */
void *guardcpio_make(const struct guardparts *parts, size_t *ret_bytes);
