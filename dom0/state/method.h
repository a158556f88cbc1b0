/* The two ways in which forestage.efi comes to be started: see docs/esp.md. */
#pragma once

#include <stdbool.h>

#include "dom0/host/esp.h"
#include "dom0/host/firmware.h"
#include "dom0/state/changes.h"
#include "dom0/xen/xenboot.h"

enum method {
        METHOD_NONE,
        METHOD_FIRMWARE, /* a boot option of the firmware, first in its order */
        METHOD_GRUB,     /* lines in the host's GRUB configuration */
};

const char *method_name(enum method method);

/*
 * The way that is installed, for the ESP. `ret_option`: how our boot option stands, whichever way
 * it is. Where the firmware's variables cannot be read, the journal of install says what there is.
 */
enum method method_installed(const struct host *host, const struct esp *esp,
        const struct grub_config *config, struct firmware_option *ret_option);

/* Whether an armed run would be started by it, as far as can be seen. */
bool method_works(enum method method, const struct firmware_option *option);

/* The same with the reason, and what to do. */
bool method_check(enum method method, const struct firmware_option *option, const struct esp *esp,
        const struct grub_config *config, struct failure *ret_error);

/* The way to install: the one `wanted` ("firmware", "grub"), or the better one (NULL, "auto"). */
bool method_choose(const struct host *host, const struct esp *esp, const char *wanted,
        enum method installed, enum method *ret_method, struct failure *ret_error);

/* Installs or mends it, noting every change; what is as it should be stays, and is noted as ours.
 */
bool method_install(enum method method, const struct esp *esp, const struct grub_config *config,
        struct changes *changes, struct failure *ret_error);

/* What method_install will do, as a line of the plan. */
char *method_describe(enum method method, const struct esp *esp, const struct grub_config *config);
