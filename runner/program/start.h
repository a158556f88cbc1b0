/* Where a program is, and why it did not start. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Looks along PATH of `environment` for a program that may be executed. */
bool start_find(const char *name, char *const environment[], char *ret_path, size_t size);

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
