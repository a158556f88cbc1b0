/* What a look at this host says of a trial's order. */
#pragma once

#include "dom0/state/survey.h"
#include "dom0/trialrecord/standing.h"

/* Borrows from the survey. */
struct trial_start trialstart_of(const struct survey *survey, const struct trial_plan *plan);
