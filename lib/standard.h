/* The three standard streams, where whoever started the program has closed one of them. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/*
 * Makes sure that descriptors 0, 1 and 2 are open: otherwise the next file that is opened would
 * become one of them, and get the messages of the program or be closed with them. One that is
 * closed becomes /dev/null, opened in the direction that nobody needs: reading from 0, and writing
 * to 1 or 2, fails as it does on a closed one, so that an answer that nobody gets is not a success.
 * To be called first of all.
 */
static inline void standard_streams_open(void)
{
        /* The lowest free descriptor is the one that is wanted: those before it are open already.
         */
        for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
                if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
                        continue;
                /* Without a /dev: a place holder that can be neither read nor written. */
                if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
                        open("/", O_PATH);
        }
}
