/* What a Type=check job asks for. Pure. */
#ifndef FORESTAGE_JOBS_CHECK_CHOICE_H
#define FORESTAGE_JOBS_CHECK_CHOICE_H

#include "jobs/check_tests.h"
#include "jobs/job.h"

/* The tests, a bit each by enum check_kind, and the amounts of them. */
uint32_t check_chosen(const struct job *job);
enum check_level check_level_of(const struct job *job);

#endif
