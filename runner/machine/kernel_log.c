#include "runner/machine/kernel_log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

void kernel_log_open(struct kernel_log *log, const char *path)
{
        log->length = 0;
        log->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (log->fd >= 0)
                lseek(log->fd, 0, SEEK_END);
}

void kernel_log_close(struct kernel_log *log)
{
        if (log->fd >= 0)
                close(log->fd);
        log->fd = -1;
}

/*
 * A line is given out with its NUL in place of '\n', and cut off by the next call: `text` starts
 * with it until then.
 */
static void cut_line(struct kernel_log *log)
{
        char *end = memchr(log->text, '\0', log->length);

        if (!end)
                return;
        log->length -= (size_t)(end + 1 - log->text);
        memmove(log->text, end + 1, log->length);
}

/* The kernel has NULs nowhere in its records; in any other file they would be taken for ends. */
static void replace_nuls(char *text, size_t length)
{
        for (size_t i = 0; i < length; i++) {
                if (text[i] == '\0')
                        text[i] = '?';
        }
}

/* EPIPE: lines were overwritten before they were read; the next read goes on behind the gap. */
static bool read_more(struct kernel_log *log)
{
        ssize_t got;

        if (log->length == sizeof(log->text))
                log->length = 0; /* a line of that length is none of the kernel's */
        do {
                got = read(log->fd, log->text + log->length, sizeof(log->text) - log->length);
                if (got < 0 && errno == EINVAL && log->length > 0) {
                        log->length = 0; /* the record is larger than the room behind half a line */
                        errno = EINTR;
                }
        } while (got < 0 && (errno == EPIPE || errno == EINTR));
        if (got <= 0)
                return false;
        replace_nuls(log->text + log->length, (size_t)got);
        log->length += (size_t)got;
        return true;
}

bool kernel_log_next(struct kernel_log *log, const char **ret_line, size_t *ret_length)
{
        char *end;

        if (log->fd < 0)
                return false;
        cut_line(log);
        while (!(end = memchr(log->text, '\n', log->length))) {
                if (!read_more(log))
                        return false;
        }
        *end = '\0';
        *ret_line = log->text;
        *ret_length = (size_t)(end - log->text);
        return true;
}
