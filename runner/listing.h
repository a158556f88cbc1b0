/* forestage-run --list: what would run, from the job files alone. */
#pragma once

#include <stdbool.h>

#include "jobs/jobfolder.h"

/* Prints one line a job; false when one is broken or there is none. */
bool listing_print(const struct jobfolder *jobs);
