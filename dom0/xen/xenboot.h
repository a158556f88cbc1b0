/* How this host boots Xen: the entry of its GRUB configuration, resolved to files. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"
#include "dom0/host/esp.h"
#include "dom0/xen/bootmodule.h"

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
        char *title;                   /* of the entry; all owned */
        char *xen;                     /* files, the host's root before them */
        char *modules[BOOTMODULE_MAX]; /* in their order: dom0's kernel first */
        size_t module_count;
        char *xen_options;
        char *dom0_options;
        char *body;     /* of the entry, up to its closing brace; NULL: grub.cfg does not hold it */
        bool runs_now;  /* as bootchoice.h has it */
        char *doubt;    /* why a person must name the entry; NULL: no need */
        char **remarks; /* what a person should know of the choice, as sentences */
        size_t remarks_count;
};

/*
 * `entry`: the name of one that a person has chosen; NULL: the one that runs here, or GRUB's
 * default (dom0/xen/bootchoice.h). What is in doubt is found all the same: whoever changes
 * something asks first.
 */
bool xenboot_find(const struct host *host, const struct grub_config *config, const char *entry,
        struct xenboot *ret_boot, struct failure *ret_error);

/* The same for who has asked xl already (running_ask_xl). */
bool xenboot_find_with(const struct host *host, const struct grub_config *config, const char *entry,
        const char *xl_info, struct xenboot *ret_boot, struct failure *ret_error);
/*
 * The same for an order that follows the host (bootchoice_follow): nothing is in doubt, and what
 * runs now is not asked for.
 */
bool xenboot_follow(const struct host *host, const struct grub_config *config, const char *entry,
        const char *title, struct xenboot *ret_boot, struct failure *ret_error);
void xenboot_free(struct xenboot *boot);
