/* Type=program: whether what it starts, needs and leaves can be had where it will run. */
#pragma once

#include "dom0/check/review.h"

void jobprogram_review(struct review *review);

/* The file of the job folder that Exec= starts; NULL: it is none, or not known. */
const char *jobprogram_file(const struct review *review);
