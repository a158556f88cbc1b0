/* Paths of a job, relative to its folder or to its results. Pure: nothing is opened here. */
#pragma once

#include <stdbool.h>

#define PATH_MAX_LENGTH 512u

/*
 * NULL when `path` stays inside the folder it is relative to, whatever that is; otherwise why it
 * cannot be used, as the rest of a sentence that starts with the path ("is absolute").
 */
const char *path_complaint(const char *path);

/* What is behind the last slash, or all of it. */
const char *path_last(const char *path);

/* Whether one is the other or a folder on the way to it: both cannot be files of one folder. */
bool path_collides(const char *a, const char *b);
