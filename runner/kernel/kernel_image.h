/*
 * What an image with a kernel lets its context keep from one launch to the next: which is what the
 * jobs after it could see. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether there are variables in it that a kernel can change, so that another job has to load it
 * anew; also when it cannot be told. `image` has a NUL behind its `length` bytes.
 */
bool kernel_image_has_variables(const char *image, size_t length);

/*
 * Whether its kernels may take memory of the context themselves (malloc) or start others: what they
 * leave of it only the context's end gives back. Also when it cannot be told, of a fatbin.
 */
bool kernel_image_takes_memory(const char *image, size_t length);

/* Whether its kernels can print; a name in it that looks like it counts, too. */
bool kernel_image_prints(const char *image, size_t length);
