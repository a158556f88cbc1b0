/* The files that a job names: a kernel's module and buffers, and what is expected of any job. */
#pragma once

#include "dom0/check/review.h"

void jobkernel_review(struct review *review);
void jobkernel_review_expectations(struct review *review);
