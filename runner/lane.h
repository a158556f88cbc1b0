/* The plan carried out: a lane for each GPU. */
#pragma once

#include "runner/supervisor.h"

/* Ends the probe's process, if it is still there. */
void lane_drop_probe(struct supervisor *run);

/* Runs every entry of the plan, those of different GPUs side by side, and records each. */
void lanes_run(struct supervisor *run);
