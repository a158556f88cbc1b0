/* next/ on the ESP: private copies of Xen, dom0's kernel and its initrd, and their command lines.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dom0/host/esp.h"
#include "dom0/host/hashlist.h"
#include "dom0/xen/xenboot.h"

/* The host's files that it is made from. */
enum nextsystem_file { NEXT_XEN, NEXT_KERNEL, NEXT_INITRD, NEXT_FILES };

/* What was checked before anything is written. */
struct nextsystem {
        const struct xenboot *boot; /* borrowed */
        uint8_t *plain_xen;         /* decompressed and fit for kexec; owned */
        size_t plain_length;
        bool rewrite;   /* next/xen must be plain_xen, not a copy of the host's file */
        uint64_t bytes; /* on the ESP */
        /* Of the host's files as they were copied; set by nextsystem_write. */
        uint8_t sha256[NEXT_FILES][SHA256_SIZE];
};

/* Reads Xen and checks that kexec can load it, and that dom0's kernel is one. */
bool nextsystem_check(const struct host *host, const struct xenboot *boot,
        struct nextsystem *ret_next, struct failure *ret_error);
void nextsystem_free(struct nextsystem *next);

/*
 * Writes next/, which must not be there; lists each file as "next/…". The copies are checked once
 * more, for the host's files may have changed since nextsystem_check.
 */
bool nextsystem_write(const struct host *host, struct nextsystem *next, const struct esp *esp,
        struct hashlist *list, struct failure *ret_error);
