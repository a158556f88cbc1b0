/* What the values of [Check] may be, as jobvalues.h; and what they must be together. */
#ifndef FORESTAGE_JOBS_CHECK_VALUES_H
#define FORESTAGE_JOBS_CHECK_VALUES_H

#include "jobs/jobkeys.h"

#define CHECK_DEFAULT_DURATION_MS (15u * 60 * 1000) /* of Level=long */
#define CHECK_DEFAULT_PERCENT     5.0               /* Baseline-Tolerance= */

bool check_value_set_level(struct jobkeys *keys, const char *value);
bool check_value_set_tests(struct jobkeys *keys, const char *value);
bool check_value_set_duration(struct jobkeys *keys, const char *value);
bool check_value_add_require(struct jobkeys *keys, const char *value);
bool check_value_set_devices(struct jobkeys *keys, const char *value);
bool check_value_set_baseline(struct jobkeys *keys, const char *value);
bool check_value_set_tolerance(struct jobkeys *keys, const char *value);

/* All lines were read. `timed`: the job file says Timeout= itself; else it gets a fitting one. */
void check_values_finish(struct jobkeys *keys, bool timed);

#endif
