/* Mounts on which nothing can be executed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * Whether the open file or folder is on a mount with the option noexec. Then `ret_point` is where
 * that is mounted, or "?" when nothing says so.
 */
bool mount_forbids_execution(int fd, char *ret_point, size_t size);

/* The mount point of the mount with this id, in a text as /proc/self/mountinfo is (proc(5)). */
bool mount_find(FILE *mountinfo, int id, char *ret_point, size_t size);
