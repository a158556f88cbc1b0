/* A trial is armed: the run before it, with a next system that is another one for one boot. */
#pragma once

#include "dom0/base/host.h"
#include "dom0/trial/preparation.h"

/* The exit code of the verb. */
int ordering_run(const struct host *host, enum trial_mode mode, const struct trial_options *given);
