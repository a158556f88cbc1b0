/* EVENT records on their way into a run. */
#pragma once

#include "dom0/run/intake.h"

/* Takes a good one. */
void intake_take_event(struct intake *intake, const struct region_record *record);

/* The device of run.devices with this index (an integer or null), or NULL. */
json_t *intake_find_device(const struct intake *intake, const json_t *index);
