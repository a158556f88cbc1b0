/*
 * What a trial found: trial.json, "forestage-trial/1" (docs/trial.schema.json), made of what was
 * planned and of what its steps have left. Pure; all that comes in is untrusted.
 */
#pragma once

#include <jansson.h>

#include "dom0/trialresult/obstacle.h"

#define OUTCOME_SCHEMA "forestage-trial/1"

/*
 * A new object. Its "verdict" is "pass" only when the dom0 is of the kind that was asked for, every
 * step of the ladder was climbed on every GPU, and every job passed in both runs with the same
 * outputs; "rehearsal" is true when no GPU was involved. Otherwise "obstacle" says at which step it
 * stops, why, and with which lines of the kernel's log.
 */
json_t *outcome_make(const struct trial_evidence *facts);

/* Whether it works, or at which step it stops, as a headline; of a trial.json, owned. */
char *outcome_headline(const json_t *outcome);
