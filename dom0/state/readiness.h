/* What arm and status need of the host: the ESP, the installation on it, how Xen boots. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"
#include "dom0/host/esp.h"
#include "dom0/state/method.h"
#include "dom0/xen/xenboot.h"
#include "efi/parse/conf.h"

struct readiness {
        struct esp esp;
        struct grub_config config;
        struct xenboot boot;
        enum method method;
        struct firmware_option option; /* how our boot option stands */
        bool secure_boot;
        char *conf_text; /* what the slices of `conf` lead into */
        struct conf conf;
};

/*
 * Looks; only what is there. `entry` as xenboot_find has it. False with a reason when something is
 * missing.
 */
bool readiness_find(const struct host *host, const char *esp, const char *entry,
        struct readiness *ret_ready, struct failure *ret_error);

/* The same for an order that follows the host: how it boots Xen is what xenboot_follow says. */
bool readiness_follow(const struct host *host, const char *esp, const char *entry,
        const char *title, struct readiness *ret_ready, struct failure *ret_error);
void readiness_free(struct readiness *ready);

/* Whether anything would start forestage.efi, and firmware could work with the ESP. */
bool readiness_check_way(const struct readiness *ready, struct failure *ret_error);

/* Whether an armed run would be started at the next boot, or what to do first. */
bool readiness_check(const struct readiness *ready, struct failure *ret_error);

/*
 * Whether Xen's console is on a serial line on which forestage.conf does not have the stage speak;
 * then `text` says so.
 */
bool readiness_is_silent(const struct readiness *ready, char *text, size_t size);
