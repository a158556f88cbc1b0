/* What the values of [Check] may be, as jobvalues.h; and what they must be together. */
#pragma once

#include "jobs/jobvalues.h"

#define CHECK_DEFAULT_DURATION_MS (15u * 60 * 1000) /* of Level=long */
#define CHECK_DEFAULT_PERCENT     5.0               /* Baseline-Tolerance=, Peer-Tolerance= */

jobvalue check_value_level, check_value_tests, check_value_duration, check_value_require,
        check_value_standing, check_value_limits, check_value_devices, check_value_peers,
        check_value_tolerance;

/* All lines were read. `timed`: the job file says Timeout= itself; else it gets a fitting one. */
void check_values_finish(struct job *job, bool timed);
