/*
 * A file that somebody has named to be written: --html, --metrics. Only a regular file is replaced,
 * and only one of our own; what takes bytes as they come gets them as they come.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "dom0/base/failure.h"

/*
 * Writes `length` bytes to `path`. Nothing there, or a regular file of this user (or of root): a
 * new file with this mode takes the name, whole and on disk, or nothing changes. Written through: a
 * descriptor of this process (/dev/stdout, /dev/fd/N), a terminal or serial line, /dev/null,
 * /dev/zero, /dev/full, and a FIFO of this user or root that somebody reads from. Anything else is
 * refused, and says why. A link stays a link (files/place.h says which are followed). `ret_file`,
 * set on success, may be NULL: whether there is a file now. False: code EXIT_FAIL.
 */
bool outlet_write(const char *path, const void *data, size_t length, mode_t mode, bool *ret_file,
        struct failure *ret_error);
