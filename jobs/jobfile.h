/*
 * The job file NAME.conf, in the shape of a systemd unit; docs/job-files.md is the reference. Pure:
 * whether the files it names exist is somebody else's question. The text is untrusted.
 */
#pragma once

#include "jobs/job.h"

#define JOBFILE_MAX_BYTES (1024u * 1024)
#define JOBFILE_MAX_LINE  4096u /* bytes, without the end of the line */

/*
 * Parses the `length` bytes of NAME.conf into `ret_job`, which is always filled: when this returns
 * false, ret_job->error is "NAME.conf:LINE: reason" (or without a line when it is about the whole
 * file), and name and type are as far as they could be read. job_clear frees it in both cases.
 */
bool jobfile_parse(const char *name, const char *text, size_t length, struct job *ret_job);

/*
 * The same for a file that may have a [Sweep], whose tables `reader` gets. A sweep is right only
 * when each of its points is: the reason names the first that is not.
 */
bool jobfile_parse_sweep(const char *name, const char *text, size_t length,
        const struct sweep_reader *reader, struct job *ret_job);

/*
 * One point of a job with a sweep, from 1 on: the job NAME@POINT, which has no sweep of its own and
 * borrows that one. job_clear frees it. False only without memory, and then with an error, because
 * every point was read once.
 */
bool jobfile_point(const struct job *sweep, uint32_t point, struct job *ret_job);
