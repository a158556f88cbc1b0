/*
 * Names of FILE records: paths in the run folder. A region is untrusted, so every name is checked
 * before it comes near a file system. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#define PATH_MAX_PARTS 32u  /* folders in folders, the file's own name counted */
#define PATH_MAX_PART  255u /* bytes of one part, as file systems have it */

/*
 * NULL when a file of this name may be written into the run folder, else what is wrong with it:
 * absolute, empty, an empty, `.` or `..` part, too long or deep, no UTF-8, a control character.
 */
const char *path_problem(const char *path, size_t length);

/* The same for one part: a job's name, a file's name. */
const char *path_part_problem(const char *part, size_t length);

/*
 * Remembers a path that path_problem accepted in `taken` (an object; starts out empty). Returns
 * NULL, or why it clashes: taken already, or a file where another path has a folder.
 */
const char *path_claim(json_t *taken, const char *path);

/* How many folders `path` needs besides those that the claimed ones have. */
size_t path_new_folders(const json_t *taken, const char *path);
