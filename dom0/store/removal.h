/* A store is removed. */
#pragma once

#include <stdbool.h>

#include "dom0/base/host.h"

/* The exit code of `forestage store remove`. */
int removal_run(const struct host *host, bool yes, bool dry_run);
