/* A store is looked at. */
#pragma once

#include <stdbool.h>

#include "dom0/base/host.h"

/* The exit codes of `forestage store show` and `forestage store verify`. */
int view_show(const struct host *host, bool json);
int view_verify(const struct host *host);
