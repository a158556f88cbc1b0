/* What arm has checked, as it comes to the ESP. */
#pragma once

#include <stdbool.h>

#include "dom0/arm/arming.h"

/*
 * Copies the jobs and the next system to the ESP, checks the copies, and puts them in the place of
 * what is there, with a new order. Under the lock, as all that is in `arming` was found. When it
 * fails, what was armed before stays so.
 *
 * With arming->again the order is the same one, which is withdrawn and not on the ESP; its jobs
 * stay where they are, and must be those that were armed. When that fails, nothing is armed.
 */
bool delivery_make(struct arming *arming, struct order *ret_order, struct failure *ret_error);
