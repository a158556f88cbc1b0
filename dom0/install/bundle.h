/* What install puts on the ESP: the three files of the image and a forestage.conf for this host. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dom0/host/esp.h"
#include "dom0/xen/xenboot.h"

#define BUNDLE_FILES  3u
#define BUNDLE_FOLDER "/usr/share/forestage/image"

struct bundle_file {
        const char *name;
        char *source; /* owned */
        char *target; /* on the ESP; owned */
        uint64_t bytes;
        bool fresh; /* it is not on the ESP yet, or another */
};

struct bundle {
        struct bundle_file file[BUNDLE_FILES];
        uint64_t bytes; /* of those that are fresh */
        bool conf;      /* forestage.conf is not there yet */
        char *fallback; /* as forestage.conf writes it; NULL when `conf` is false; owned */
};

/*
 * Looks at both sides; changes nothing. `source` is the folder of the image. `ret_bundle` is for
 * bundle_free in any case.
 */
bool bundle_plan(const struct host *host, const struct esp *esp, const char *source,
        struct bundle *ret_bundle, struct failure *ret_error);
void bundle_free(struct bundle *bundle);

bool bundle_write(const struct bundle *bundle, const struct esp *esp, const struct xenboot *boot,
        struct failure *ret_error);

/* The lines of forestage.conf for this host; owned by the caller. */
char *bundle_conf(const char *fallback, const char *xen_options);
