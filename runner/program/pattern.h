/* The shell patterns of Collect=: which files of a program are recorded. Pure. */
#pragma once

#include <stdbool.h>

/*
 * Whether the pattern stands for `path`: shell patterns part by part, so that '*' stands for no
 * '/'; a part that is "**" stands for any number of folders, none among them, or as the last one
 * for all that lies below. What begins with a dot is only found by a part that does, too.
 */
bool pattern_matches(const char *pattern, const char *path);
