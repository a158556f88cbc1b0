/* What is checked before a run is armed, of the host and of what it will start. */
#pragma once

#include <stdbool.h>

#include "dom0/arm/arming.h"

/*
 * Finds how this host boots, and whether it is certain and ready; the jobs; and that no results
 * would be lost. Fills in `ready`, `before` and what arming_check_jobs does.
 */
bool examination_find(struct arming *arming, struct failure *ret_error);

/*
 * Then: what the run would end in, with arming->changes; the store, if it is to have that; and the
 * room for all of it on the ESP.
 */
bool examination_finish(struct arming *arming, struct failure *ret_error);

/*
 * Who restarts this host must know how: a question is answered too fast for that. Of
 * arming->standing.
 */
bool examination_check_ha(const struct arming *arming, struct failure *ret_error);
