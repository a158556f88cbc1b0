/* Whether the host runs now what its boot entry says. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dom0/base/host.h"
#include "dom0/xen/xenboot.h"

/*
 * Compares the boot entry with this dom0's command line and, where xl is there, with Xen's. True
 * when they differ; then `text` says how. After an update, or when another entry was chosen at the
 * last boot, that is as it should be: it is for a person to judge.
 */
bool crosscheck(const struct host *host, const struct xenboot *boot, char *text, size_t size);

/* The first word of `line` that is not one of `other`, as owned text; NULL: all are. Pure. */
char *crosscheck_missing(const char *line, const char *other);
