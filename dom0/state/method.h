/* The two ways in which forestage.efi comes to be started: see docs/esp.md. */
#pragma once

#include <stdbool.h>

#include "dom0/host/esp.h"
#include "dom0/state/changes.h"
#include "dom0/xen/xenboot.h"

enum method {
        METHOD_NONE,
        METHOD_FIRMWARE, /* a boot option of the firmware, first in its order */
        METHOD_GRUB,     /* lines in the host's GRUB configuration */
};

const char *method_name(enum method method);

/* The way that is installed and would start a run now. `ret_first`: with METHOD_FIRMWARE, whether
 * the option is the first of the order. */
enum method method_installed(
        const struct host *host, const struct grub_config *config, bool *ret_first);

/* The way to install: the one `wanted` ("firmware", "grub"), or the better one (NULL, "auto"). */
bool method_choose(const struct host *host, const struct esp *esp, const char *wanted,
        enum method installed, enum method *ret_method, struct failure *ret_error);

/* Installs it, noting every change. */
bool method_install(enum method method, const struct esp *esp, const struct grub_config *config,
        struct changes *changes, struct failure *ret_error);

/* What method_install will do, as a line of the plan. */
char *method_describe(enum method method, const struct esp *esp, const struct grub_config *config);
