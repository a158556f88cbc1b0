/* Type=program: whether what it starts, needs and leaves can be had where it will run. */
#pragma once

#include "dom0/check/review.h"

void jobprogram_review(struct review *review);
