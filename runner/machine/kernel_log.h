/* New lines of the kernel's log, as they come. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define KERNEL_LOG_LINE 8192u /* bytes of a record of /dev/kmsg, at most */

struct kernel_log {
        int fd; /* -1: it cannot be read; then nothing ever comes */
        char text[KERNEL_LOG_LINE];
        size_t length;
};

/* Starts behind what is there now. `path` is /dev/kmsg or a file that grows. */
void kernel_log_open(struct kernel_log *log, const char *path);
void kernel_log_close(struct kernel_log *log);

/* The next whole line, without its end, if one has come; it lives until the next call. */
bool kernel_log_next(struct kernel_log *log, const char **ret_line, size_t *ret_length);
