/* The libraries of a program, and theirs: whether the loader will find each in the stage. */
#pragma once

#include <stddef.h>

#include "dom0/check/review.h"

/* `path` in the job folder is a dynamic program, whose bytes are given. The target has an image. */
void joblibraries_review(struct review *review, const char *path, const void *data, size_t length);
