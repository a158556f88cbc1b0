#include "dom0/kernellog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dom0/memory.h"

#define LOG_MAX ((size_t)16 << 20)
#define RECORD_MAX \
        ((size_t)8192) /* the kernel gives one record a read, and fails if it is larger */

char *kernellog_read(const struct host *host)
{
        char *path = host_path(host, "/dev/kmsg"), *log;
        int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        size_t length = 0;
        ssize_t got;

        free(path);
        if (fd < 0)
                return NULL;
        log = memory_get(LOG_MAX + RECORD_MAX + 1);
        do {
                got = read(fd, log + length, RECORD_MAX);
                length += got > 0 ? (size_t)got : 0;
                /* EPIPE: records were overwritten while we read, and it goes on behind them */
        } while (length < LOG_MAX && (got > 0 || (got < 0 && (errno == EPIPE || errno == EINTR))));
        close(fd);
        log[length] = '\0';
        return log;
}

bool kernellog_next(const char **at, char *out, size_t size)
{
        while (**at) {
                const char *line = *at, *text;
                size_t length = strcspn(line, "\n");

                *at += length + (line[length] == '\n');
                text = memchr(line, ';', length);
                if (*line == ' ' || !text)
                        continue;
                text++;
                length -= (size_t)(text - line);
                while (length > 0 && text[length - 1] == ' ')
                        length--;
                snprintf(out, size, "%.*s", (int)length, text);
                return true;
        }
        return false;
}

bool kernellog_find(const char *log, const char *mark, char *out, size_t size)
{
        char text[RECORD_MAX];

        while (kernellog_next(&log, text, sizeof(text)))
                if (strstr(text, mark)) {
                        snprintf(out, size, "%s", text);
                        return true;
                }
        return false;
}

bool kernellog_is_whole(const char *log)
{
        unsigned long long sequence;

        return sscanf(log, "%*u,%llu,", &sequence) == 1 && sequence == 0;
}
