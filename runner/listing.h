/* forestage-run --list: what would run, from the job files alone. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "jobs/jobfolder.h"

/* Prints a line for each file that may be taken for a job, but is not run. */
void listing_print_others(FILE *to, const struct jobfolder *jobs);

/* Prints these, and one line a job; false when one is broken or there is none. */
bool listing_print(const struct jobfolder *jobs);
