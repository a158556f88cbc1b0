/* RESULT records on their way into a run. */
#ifndef FORESTAGE_DOM0_RUN_RESULT_H
#define FORESTAGE_DOM0_RUN_RESULT_H

#include "dom0/run/intake.h"

/* Takes a good one. */
void intake_take_result(struct intake *intake, const struct region_record *record);

#endif
