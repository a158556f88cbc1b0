/* The supervisor's side of one Type=program job on one device, and the process that becomes it. */
#ifndef FORESTAGE_RUNNER_PROGRAM_RUN_H
#define FORESTAGE_RUNNER_PROGRAM_RUN_H

#include "runner/attempt.h"

/*
 * Runs the program in a folder of its own and puts the files that it wrote, and that Collect= or
 * [Expect] name, into the journal. Its exit status counts as one expectation: 0 is met.
 */
void program_run(struct attempt *attempt);

#endif
