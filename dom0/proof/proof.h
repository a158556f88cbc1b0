/*
 * A pass is proved, not assumed: what a run must have recorded for `pass` to be its verdict
 * (docs/records.md, "What a pass needs"). What was met on the way in was noted
 * (dom0/run/trace.h); the tables of proof.c (the run) and claim.c (one job on one device) are gone
 * through here. Pure.
 */
#ifndef FORESTAGE_DOM0_PROOF_PROOF_H
#define FORESTAGE_DOM0_PROOF_PROOF_H

#include "dom0/run/intake.h"

/*
 * After the last record: what a run that claims to have ended well must have recorded. What is
 * missing is a contradiction of the run.
 */
void proof_of_run(struct intake *intake);

/* After the last record: makes run->jobs and run->unplanned of the plan and the results. */
void proof_of_jobs(struct intake *intake);

/*
 * Whether the RESULT of a planned job keeps what its `pass` or `skip` claims; when false, `why`
 * says what the first thing is that it does not, as "its expectation c.bin was never compared".
 */
bool claim_holds(const struct intake *intake, const json_t *result, const json_t *planned,
        const char *key, char why[PROOF_TEXT]);

#endif
