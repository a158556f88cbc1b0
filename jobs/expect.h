/* One line of [Expect]: FILE=sha256:HEX or FILE=like REFERENCE [tolerance T] as TYPE. Pure. */
#pragma once

#include "jobs/job.h"

/* The one in the line that is read of the job's file. When false, the job has a complaint. */
bool expectation_parse(
        struct job *job, const char *file, const char *text, struct expectation *ret_expectation);
