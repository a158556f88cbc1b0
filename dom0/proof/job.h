/* The jobs of a run, of its plan and its results. */
#ifndef FORESTAGE_DOM0_PROOF_JOB_H
#define FORESTAGE_DOM0_PROOF_JOB_H

#include "dom0/run/intake.h"

/* After the last record: makes run->jobs and run->unplanned of the plan and the results. */
void proof_of_jobs(struct intake *intake);

#endif
