/*
 * The trees that the jobs of a folder name with Data= and Root=: paths in it, of folders or of
 * images. They go into a store, and not on the EFI system partition.
 */
#pragma once

#include <stdbool.h>

#include "dom0/base/failure.h"
#include "lib/words.h"

/*
 * Each once, in the order of the jobs; none is in another. `path` is what messages call the open
 * folder. What is wrong with a job file is for others to say. For words_clear.
 */
bool trees_find(int folder, const char *path, struct words *ret_trees, struct failure *ret_error);

/* Whether a path of the folder is one of them, or in one. */
bool trees_have(const struct words *trees, const char *name);

/* Whether each is there, and can become an image (treeimage_can). */
bool trees_check(
        const struct words *trees, int folder, const char *path, struct failure *ret_error);
