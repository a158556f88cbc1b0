/* The job folder: opens files in it that the job files name, and nothing outside of it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Opens the regular file `path` below the folder `dirfd` for reading, close-on-exec. A symbolic
 * link may lead elsewhere in the folder, never out of it (openat2 with RESOLVE_BENEATH; on kernels
 * without it no link is followed at all). Returns the descriptor and the file's size, or a negative
 * errno: -EXDEV when it leads out, -EISDIR and -EINVAL when it is a folder or a special file.
 */
int folder_open(int dirfd, const char *path, uint64_t *ret_size);

/*
 * The same of a folder, for reading. What is mounted there is entered. A negative errno: -ENOTDIR
 * when it is none.
 */
int folder_open_folder(int dirfd, const char *path);

/* What folder_open's errors mean, as the end of a sentence that starts with the path. */
const char *folder_strerror(int error);

/*
 * Reads a whole file of at most `limit` bytes into memory that the caller frees, with a NUL behind
 * it that is not counted. 0 or a negative errno; -EFBIG when it is larger.
 */
int folder_read(int dirfd, const char *path, uint64_t limit, char **ret_data, size_t *ret_length);
