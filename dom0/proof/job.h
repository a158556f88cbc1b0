/* The jobs of a run, of its plan and its results. */
#pragma once

#include "dom0/run/intake.h"

/* After the last record: makes run->jobs and run->unplanned of the plan and the results. */
void proof_of_jobs(struct intake *intake);
