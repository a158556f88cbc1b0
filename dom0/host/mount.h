/*
 * The mounted file systems, /proc/self/mountinfo (proc(5)), and the paths of GRUB, which start at
 * the root of a file system: what is mounted of it may be a folder, a subvolume or a dataset. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct mount {
        int id, parent;
        unsigned major, minor; /* of the device: the same for all mounts of a file system */
        char root[256];        /* what of the file system is mounted */
        char point[256];
        char type[32];
        char source[256]; /* "/dev/sda2", or a ZFS dataset's name */
        bool read_only;   /* the mount or its file system */
};

/*
 * The file system that is mounted on `point`: the last one, which hides those before. False when
 * there is none.
 */
bool mount_find(const char *text, const char *point, struct mount *ret_mount);

/* All of them, in an array that is the caller's; those with longer names are left out. */
struct mount *mount_list(const char *text, size_t *ret_count);

/* The mount that holds a path (absolute, without links and dots); NULL: there is no root. */
const struct mount *mount_holding(const struct mount *mounts, size_t count, const char *path);

/* Whether two are of one file system. */
bool mount_same_device(const struct mount *left, const struct mount *right);

/*
 * GRUB's path of a path that the mount holds; and the other way about, NULL when it is not in what
 * is mounted there. Owned by the caller.
 */
char *mount_to_grub(const struct mount *mount, const char *path);
char *mount_from_grub(const struct mount *mount, const char *path);
