/* Why a program did not start. */
#pragma once

#include <stdbool.h>

/*
 * What execve's `error` means for `file` in `folder`: looks at the file, at its interpreter or
 * loader, and at the mounts. `ret_why` (WHY_SIZE bytes) is a sentence in which "it" is the file.
 */
void start_explain(int folder, const char *file, int error, char *ret_why);

/*
 * What is strange about a program of the job folder that did start: a sentence, or NULL. Whatever
 * is there, it does not wait for it.
 */
const char *start_doubt(int job_folder, const char *file);

/*
 * Whether a program of the job folder is started without a loader: one that is linked statically,
 * or a script whose interpreter is. False, too, for what cannot be read.
 */
bool start_without_loader(int job_folder, const char *file);
