/* `forestage trial run`: what the dom0 of a trial does, once, in the boot that was armed for it. */
#pragma once

#include "dom0/base/host.h"

/*
 * Called by forestage-trial.service alone. Refuses (EXIT_USAGE) a boot that is no trial's, a plan
 * that is not whole or is of another run, and a trial that has begun before; then nothing was done.
 * Otherwise it goes through all steps, whatever becomes of each, and reboots the machine unless the
 * plan says that it stays. Returns EXIT_PASS for a trial that passed.
 */
int trial_run(const struct host *host, int argc, char **argv);
