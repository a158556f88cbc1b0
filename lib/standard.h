/* The standard streams. */
#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * At the start of main: puts /dev/null where standard input, output or error is closed. Otherwise
 * the next files to be opened would get these numbers, and what is printed would end up in them. In
 * a root without /dev/null it is something that can be neither read nor written.
 */
static inline void standard_streams_open(void)
{
        for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
                if (fcntl(fd, F_GETFD) >= 0)
                        continue;
                /* The lowest number that is free is this one: those below it are open by now. */
                if (open("/dev/null", O_RDWR) != fd && open("/", O_PATH) != fd)
                        abort();
        }
}
