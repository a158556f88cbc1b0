/* The mounted file systems, /proc/self/mountinfo (proc(5)). Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct mount {
        unsigned major, minor; /* of the device */
        char point[256];
        char type[32];
        bool read_only; /* the mount or its file system */
};

/*
 * The file system that is mounted on `point`: the last one, which hides those before. False when
 * there is none.
 */
bool mount_find(const char *text, const char *point, struct mount *ret_mount);
