/* next/ on the ESP: private copies of Xen, dom0's kernel and its initrd, and their command lines.
 */
#ifndef FORESTAGE_DOM0_NEXTSYSTEM_H
#define FORESTAGE_DOM0_NEXTSYSTEM_H

#include <stdbool.h>
#include <stdint.h>

#include "dom0/esp.h"
#include "dom0/hashlist.h"
#include "dom0/xenboot.h"

/* What was checked before anything is written. */
struct nextsystem {
        const struct xenboot *boot; /* borrowed */
        uint8_t *plain_xen;         /* decompressed and fit for kexec; owned */
        size_t plain_length;
        bool rewrite;   /* next/xen must be plain_xen, not a copy of the host's file */
        uint64_t bytes; /* on the ESP */
};

/* Reads Xen and checks that kexec can load it, and that dom0's kernel is one. */
bool nextsystem_check(const struct host *host, const struct xenboot *boot,
        struct nextsystem *ret_next, struct failure *ret_error);
void nextsystem_free(struct nextsystem *next);

/* Writes next/, which must not be there; lists each file as "next/…". */
bool nextsystem_write(const struct nextsystem *next, const struct esp *esp, struct hashlist *list,
        struct failure *ret_error);

#endif
