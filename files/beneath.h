/*
 * Work below a folder that is open, by descriptors alone: whatever others do with names meanwhile,
 * nothing outside of it is opened, written or removed. No symbolic link is followed, on no part of
 * a path, and no mount is crossed. Paths are relative: parts divided by single slashes, none of
 * them "." or "..". Every descriptor that is returned is close-on-exec and the caller's.
 *
 * Needs nothing newer than Linux 3.6; where there is openat2 the kernel checks the same once more.
 */
#pragma once

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#define BENEATH_NAME (NAME_MAX + 1) /* bytes of a name, with its NUL */

/* The folder `name` (one part) in `parent`, for reading. -1: errno; EXDEV for a mount point. */
int beneath_folder(int parent, const char *name);

/*
 * Whatever is at `path`, with `flags` (O_RDONLY, O_PATH, …; never O_CREAT). It does not wait for
 * the other end of a FIFO and takes no terminal; the caller looks with fstat at what it has got.
 * -1: errno; ELOOP for a symbolic link at its end, ELOOP or ENOTDIR for one on the way.
 */
int beneath_open(int root, const char *path, int flags);

/* A new file at `path`, for writing; missing folders are made (0700). -1: errno. */
int beneath_create(int root, const char *path, mode_t mode);

/*
 * A new file without a name on the file system of `folder`, for writing: it is gone when it is
 * closed, unless beneath_name has given it a name. -1: errno; not every file system has them.
 */
int beneath_create_nameless(int folder, mode_t mode);

/* Gives it the name `path`, which must be free; missing folders are made (0700). False: errno. */
bool beneath_name(int root, const char *path, int fd);

/*
 * A new, empty folder (0700) in `parent`, opened; its name is `prefix` and what makes it unique.
 * -1: errno; EPERM when somebody has put another in its place before it was opened.
 */
int beneath_make(int parent, const char *prefix, char ret_name[BENEATH_NAME]);

/* The same with a new, empty file, for reading and writing. */
int beneath_make_file(int parent, const char *prefix, mode_t mode, char ret_name[BENEATH_NAME]);

/* Whether `name` in `parent` is what is open as `fd`: same device, same inode; links count. */
bool beneath_is(int parent, const char *name, int fd);

/* The entries of an open folder, on a description of their own; NULL: errno. For closedir. */
DIR *beneath_list(int folder);

/* Whether an entry of readdir is "." or "..". */
bool beneath_is_dot(const struct dirent *entry);

/* 1: nothing is in the folder, 0: something is, -1: errno. */
int beneath_is_empty(int folder);

/* Removes all that is in the folder. False: something is left (errno of the last that failed). */
bool beneath_clear(int folder);

/*
 * Removes the open `folder`: all in it, and then its `name` in `parent` if that is still it.
 * Another folder that got the name stays. False: something is left (errno).
 */
bool beneath_remove(int parent, const char *name, int folder);
