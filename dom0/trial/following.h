/* The trial behind a trial: with --all the kinds of dom0 are tried one after the other. */
#pragma once

#include <stdbool.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"
#include "dom0/trialrecord/plan.h"

/* Whether one is to follow. */
bool following_is_wanted(const struct trial_plan *plan);

/*
 * Arms it: this very command, with the options that the plan was armed with, and without a
 * question. It reads the jobs from the trial's folder: what the host's own have become since is of
 * no matter.
 */
bool following_arm(
        const struct host *host, const struct trial_plan *plan, struct failure *ret_error);

/* What a person types for that, a line for a shell; owned. */
char *following_line(const struct trial_plan *plan);
