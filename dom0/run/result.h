/* RESULT records on their way into a run. */
#pragma once

#include "dom0/run/intake.h"

/* Takes a good one. */
void intake_take_result(struct intake *intake, const struct region_record *record);
