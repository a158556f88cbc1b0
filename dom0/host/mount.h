/* The mounted file systems, /proc/self/mountinfo (proc(5)). Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct mount {
        unsigned major, minor; /* of the device */
        char root[256];        /* of the file system: what of it is mounted there; "/" all */
        char point[256];
        char type[32];
        bool read_only; /* the mount or its file system */
};

/*
 * The next mount of the list, from `*at` on, which is moved behind it; what cannot be read is
 * passed over. False at the end.
 */
bool mount_next(const char **at, struct mount *ret_mount);

/*
 * The file system that is mounted on `point`: the last one, which hides those before. False when
 * there is none.
 */
bool mount_find(const char *text, const char *point, struct mount *ret_mount);
