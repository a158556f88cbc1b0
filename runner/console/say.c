#include "runner/console/say.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/escape.h"

#define PATIENCE_MS 1000 /* for a reader who was never late so far */

static int first_error;
static bool waits = true;

void say_without_waiting(void)
{
        waits = false;
}

/* A file is always ready; asking for it each time would take longer than writing. */
static bool is_file(int fd)
{
        static int known = -1;
        static bool is;
        struct stat status;

        if (known != fd)
                is = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
        known = fd;
        return is;
}

/*
 * Whether PIPE_BUF bytes would be taken at once. A descriptor that does not block would be no way:
 * it is shared with the shell.
 */
static bool is_ready(FILE *to)
{
        static bool late[2];
        struct pollfd room = { .fd = fileno(to), .events = POLLOUT };
        bool *is_late = &late[to == stderr], ready;

        if (waits || room.fd < 0 || is_file(room.fd)) /* < 0: in memory */
                return true;
        ready = poll(&room, 1, *is_late ? 0 : PATIENCE_MS) != 0;
        *is_late = !ready;
        return ready;
}

void say_text(FILE *to, const char *text)
{
        size_t length = strlen(text);

        while (length > 0 && is_ready(to)) {
                size_t part = length < PIPE_BUF ? length : PIPE_BUF;

                fwrite(text, 1, part, to);
                if (fflush(to) != 0 && to == stdout && first_error == 0 && errno != EPIPE &&
                        errno != EBADF)
                        first_error = errno;
                text += part;
                length -= part;
        }
}

void say_line(FILE *to, const char *format, ...)
{
        char text[SAY_MAX], safe[SAY_MAX + 1];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        escape_text(text, strlen(text), safe, SAY_MAX);
        strcat(safe, "\n");
        say_text(to, safe);
}

int say_error(void)
{
        return first_error;
}
