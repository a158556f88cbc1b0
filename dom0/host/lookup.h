/* Short answers out of the host's small files: /proc, /sys. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dom0/base/host.h"

/* The first line of a file, made safe to print and cut to `size`; "" and false: cannot be read. */
bool lookup_line(const struct host *host, const char *path, char *out, size_t size);

/* The value of "KEY: value" (blanks around the colon do not count) in a file; "" and false: none.
 */
bool lookup_value(
        const struct host *host, const char *path, const char *key, char *out, size_t size);

/* The same in a text. Pure. */
bool lookup_value_in(const char *text, const char *key, char *out, size_t size);
