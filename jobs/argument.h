/* Argument= of a kernel: "in FILE", "out FILE SIZE", "i32 V" and so on. Pure. */
#ifndef FORESTAGE_JOBS_ARGUMENT_H
#define FORESTAGE_JOBS_ARGUMENT_H

#include "jobs/job.h"

/* Fills `ret_argument` or, when false, `why` (WHY_SIZE bytes) with the reason in one line. */
bool argument_parse(const char *text, struct argument *ret_argument, char *why);

/* Whether it is a buffer that comes back as a file of the job. */
bool argument_is_output(const struct argument *argument);

#endif
