/* A store is made. */
#pragma once

#include "dom0/base/host.h"

struct creation_options {
        const char *size; /* of a file; NULL: it is a device, and all of it is the store's */
        bool yes, dry_run;
};

/* The exit code of `forestage store create PATH`. */
int creation_run(const struct host *host, const char *path, const struct creation_options *given);
