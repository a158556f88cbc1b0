/* Argument= of a kernel: "in FILE", "out FILE SIZE", "i32 V" and so on. Pure. */
#pragma once

#include "jobs/job.h"

/* The argument in the line that is read of the job's file. When false, the job has a complaint. */
bool argument_parse(struct job *job, const char *text, struct argument *ret_argument);

/*
 * The bytes of its buffer on the device; those of an input are its file's, in the folder `dirfd`.
 * 0, or a negative errno of that file (folder_strerror).
 */
int argument_bytes(const struct argument *argument, int dirfd, uint64_t *ret_bytes);

/* Whether it is a buffer that comes back as a file of the job. */
bool argument_is_output(const struct argument *argument);
