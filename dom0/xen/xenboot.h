/* How this host boots Xen: the entry of its GRUB configuration, resolved to files. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"
#include "dom0/host/esp.h"

/* Who writes grub.cfg here, and so how a change to it lasts. */
enum grub_kind {
        GRUB_MKCONFIG,  /* update-grub or grub-mkconfig, from /etc/grub.d: Debian */
        GRUB_XENSERVER, /* the installer, once; tools edit it in place: XCP-ng */
};

struct grub_config {
        enum grub_kind kind;
        char *path; /* of grub.cfg, the host's root before it; owned */
};

/* Where this host's GRUB configuration is. */
bool grub_config_find(const struct host *host, const struct esp *esp,
        struct grub_config *ret_config, struct failure *ret_error);
void grub_config_free(struct grub_config *config);

struct xenboot {
        char *title; /* of the entry; all owned */
        char *xen;   /* files, the host's root before them */
        char *kernel;
        char *initrd; /* NULL: none */
        char *xen_options;
        char *dom0_options;
        bool is_default; /* false: the default entry starts no Xen, this is the first that does */
        size_t more_modules; /* that the entry loads and a run would not */
};

bool xenboot_find(const struct host *host, const struct esp *esp, const struct grub_config *config,
        struct xenboot *ret_boot, struct failure *ret_error);
void xenboot_free(struct xenboot *boot);
