/*
 * next/ on the ESP: private copies of Xen and of all modules of its entry, dom0's kernel first, and
 * their command lines.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dom0/host/esp.h"
#include "dom0/host/hashlist.h"
#include "dom0/xen/xenboot.h"

/* What a run starts otherwise than the host does, once. All is borrowed; NULL: as the host. */
struct nextsystem_changes {
        bool not_started; /* the run ends in a reset: Xen is one that kexec can load, or not */
        const char *xen_options, *dom0_options;
        /* A cpio archive that comes behind dom0's initrd, which there must be then. */
        const void *archive;
        size_t archive_bytes;
};

/* What was checked before anything is written. */
struct nextsystem {
        const struct xenboot *boot;               /* as the host has it; borrowed */
        const struct nextsystem_changes *changes; /* borrowed; NULL: none */
        size_t initrd;                            /* the module that is dom0's initrd; 0: none */
        uint8_t *plain_xen;                       /* decompressed and fit for kexec; owned */
        size_t plain_length;
        bool rewrite;   /* next/xen must be plain_xen, not a copy of the host's file */
        uint64_t bytes; /* on the ESP */
        char *remark;   /* what a person should know of the modules; owned; NULL: nothing */
        /* Of the host's files as they were copied; set by nextsystem_write. */
        uint8_t xen_sha256[SHA256_SIZE], sha256[BOOTMODULE_MAX][SHA256_SIZE];
};

/*
 * Reads Xen and checks that kexec can load it, if it is to, and that the modules are what Xen would
 * take them for (dom0/xen/bootmodule.h). `changes`: what is to be different; NULL: nothing.
 */
bool nextsystem_check(const struct host *host, const struct xenboot *boot,
        const struct nextsystem_changes *changes, struct nextsystem *ret_next,
        struct failure *ret_error);
void nextsystem_free(struct nextsystem *next);

/*
 * Writes next/, which must not be there; lists each file as "next/…". The copies are checked once
 * more, for the host's files may have changed since nextsystem_check.
 */
bool nextsystem_write(const struct host *host, struct nextsystem *next, const struct esp *esp,
        struct hashlist *list, struct failure *ret_error);
