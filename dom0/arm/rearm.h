/* An order for every boot, armed anew with what the host would boot now. */
#pragma once

#include "dom0/arm/arming.h"

/*
 * Brings a new image to the ESP where the host has one, and makes the bundle anew: the same order,
 * the same jobs, the same options, the forestage.conf that is there. The order must be withdrawn:
 * off the ESP, and noted so in armed.json. `ready` is what readiness_follow has found; it is taken
 * over. False: nothing is armed. Under the lock.
 */
bool rearm(const struct host *host, struct readiness *ready, const struct armed *armed,
        struct failure *ret_error);
