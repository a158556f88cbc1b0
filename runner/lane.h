/* The plan carried out: a lane for each GPU. */
#pragma once

#include "runner/supervisor.h"

/* Runs every entry of the plan, those of different GPUs side by side, and records each. */
void lanes_run(struct supervisor *run);
