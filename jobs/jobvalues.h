/*
 * What the value of each key of a job file may be, and where it goes. Each returns false with
 * job->error set when the value is none. Used by jobkeys.c only.
 */
#ifndef FORESTAGE_JOBS_JOBVALUES_H
#define FORESTAGE_JOBS_JOBVALUES_H

#include "jobs/jobkeys.h"

bool jobvalue_set_type(struct jobkeys *keys, const char *value);
bool jobvalue_set_description(struct jobkeys *keys, const char *value);
bool jobvalue_set_device(struct jobkeys *keys, const char *value);
bool jobvalue_set_timeout(struct jobkeys *keys, const char *value);
bool jobvalue_set_repeat(struct jobkeys *keys, const char *value);
bool jobvalue_set_module(struct jobkeys *keys, const char *value);
bool jobvalue_set_function(struct jobkeys *keys, const char *value);
bool jobvalue_set_grid(struct jobkeys *keys, const char *value);
bool jobvalue_set_block(struct jobkeys *keys, const char *value);
bool jobvalue_set_shared(struct jobkeys *keys, const char *value);
bool jobvalue_add_argument(struct jobkeys *keys, const char *value);
bool jobvalue_set_exec(struct jobkeys *keys, const char *value);
bool jobvalue_add_collect(struct jobkeys *keys, const char *value);
bool jobvalue_add_environment(struct jobkeys *keys, const char *value);
bool jobvalue_set_memory(struct jobkeys *keys, const char *value);
bool jobvalue_set_processes(struct jobkeys *keys, const char *value);
bool jobvalue_set_open_files(struct jobkeys *keys, const char *value);
bool jobvalue_set_keep(struct jobkeys *keys, const char *value);
bool jobvalue_set_output(struct jobkeys *keys, const char *value);
bool jobvalue_add_expectation(struct jobkeys *keys, const char *file, const char *value);

#endif
