/* FILE records on their way into a run. */
#pragma once

#include "dom0/run/intake.h"

/* Takes a good one. */
void intake_take_file(struct intake *intake, const struct region_record *record);

/* The FILE record with this path, or NULL. */
const struct run_file *intake_find_file(const struct intake *intake, const char *path);
