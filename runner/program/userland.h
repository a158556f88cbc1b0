/*
 * Root=: the process that becomes a program gets a tree of the job folder as its root. What the
 * stage has for it lies over the tree, at the same places as without one: the folder that it runs
 * in, the job folder, /dev, /proc, /sys and /tmp; and each folder of LD_LIBRARY_PATH in
 * which libcuda is, below USERLAND_LIBRARIES. All else at the top is the tree's, and read-only.
 */
#pragma once

#include <stdbool.h>

#define USERLAND_LIBRARIES "/forestage-libraries"

/*
 * For the calling process and those that it starts, in mounts of their own that end with them.
 * `root` is a path in the job folder; `job_folder` and `folder`, in which it runs, are open. It
 * runs in `folder` afterwards. `environment` is changed where it names libraries; its entries are
 * allocated. False: `why` (WHY_SIZE bytes) is the reason.
 */
bool userland_enter(const char *root, int job_folder, int folder, char **environment, char *why);
