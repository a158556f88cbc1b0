/* What guards a trial from inside dom0's initrd: the program, and the module that it may need. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"

#define GUARD_PROGRAM "/usr/lib/forestage/forestage-guard"

struct guardparts {
        char *program; /* its bytes; owned */
        size_t program_bytes;
        char *module; /* xen-privcmd.ko, not compressed; owned; NULL: it is built into the kernel */
        size_t module_bytes;
};

/*
 * Finds them for dom0's kernel `release`; a module that is compressed is unpacked with the host's
 * gzip, xz or zstd. False with a reason.
 */
bool guardparts_find(const struct host *host, const char *release, struct guardparts *ret_parts,
        struct failure *ret_error);
void guardparts_free(struct guardparts *parts);
