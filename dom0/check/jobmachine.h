/* Device= of all jobs, and [Check]: whether this machine and its image can meet what is asked. */
#pragma once

#include "dom0/check/review.h"

/* Sets review->gpus, too. */
void jobmachine_review(struct review *review);

/* Of a check: the GPUs that it counts on, what it requires, its baseline. */
void jobmachine_review_check(struct review *review);
