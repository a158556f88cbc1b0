/*
 * A pass is proved, not assumed: what a run must have recorded for `pass` to be its verdict
 * (docs/records.md, "What a pass needs"). What was met on the way in was noted
 * (dom0/run/trace.h); the table of proof.c (the run) is gone through here, that of jobclaim.c (one
 * job on one device) in job.c. Pure.
 */
#pragma once

#include "dom0/run/intake.h"

/*
 * After the last record: what a run that claims to have ended well must have recorded. What is
 * missing is a contradiction of the run.
 */
void proof_of_run(struct intake *intake);
