/* Argument= of a kernel: "in FILE", "out FILE SIZE", "i32 V" and so on. Pure. */
#ifndef FORESTAGE_JOBS_ARGUMENT_H
#define FORESTAGE_JOBS_ARGUMENT_H

#include "jobs/job.h"

/* The argument in the line that is read of the job's file. When false, the job has a complaint. */
bool argument_parse(struct job *job, const char *text, struct argument *ret_argument);

/* Whether it is a buffer that comes back as a file of the job. */
bool argument_is_output(const struct argument *argument);

#endif
