/* The keys of RESULT and RUN records. */
#pragma once

#include "record/schema.h"

extern const struct record_key record_result_keys[];
extern const struct record_key record_run_keys[];
extern const struct record_key record_output_keys[];
extern const struct record_key record_stored_keys[]; /* of a STORED record, whole */
extern const struct record_key record_test_keys[];   /* of one test of a check */
