/* systemd's units on this host: those that start guests, and those that carry a trial out. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"

#define UNITS_GUESTS 8u

/*
 * Those of this host that start guests at boot, by the names that systemd.mask= takes; ends with
 * NULL. Returns how many there are.
 */
size_t units_find_guests(const struct host *host, const char *ret_units[UNITS_GUESTS]);

/* Whether dom0 would collect the run and go on with the trial by itself. False: what to do. */
bool units_check_ours(const struct host *host, struct failure *ret_error);
