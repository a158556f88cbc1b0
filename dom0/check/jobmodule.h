/* Module= of a kernel: what it is, and whether the image's driver and these GPUs can load it. */
#pragma once

#include "dom0/check/review.h"

void jobmodule_review(struct review *review);
