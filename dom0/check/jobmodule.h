/* Module= of a kernel: what it is, and whether the image's driver and these GPUs can load it. */
#pragma once

#include "dom0/check/review.h"

/* Sets review->launch, too. */
void jobmodule_review(struct review *review);

/* Grid= and Block= against review->launch, which a point of a sweep has of the first. */
void jobmodule_review_launch(struct review *review);
