/*
 * follow: an order for every boot is held against what this host would boot by now, and withdrawn,
 * armed anew or given up (dom0/state/followup.h).
 */
#pragma once

#include "dom0/base/host.h"

/*
 * For a host that has just come up: also says what was given up while it was shut down, and, once,
 * that the run that has started it came from an old copy. Returns EXIT_PASS where nothing was
 * amiss, or all has followed without a person. Takes the lock.
 */
int follow_boot(const struct host *host);
