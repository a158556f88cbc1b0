/*
 * Scoped cleanup, under the names that systemd gives it: a variable that is declared with one of
 * these is freed or closed where its scope ends, however that is left. errno stays as it was.
 */
#ifndef FORESTAGE_LIB_CLEANUP_H
#define FORESTAGE_LIB_CLEANUP_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline void cleanup_free(void *variable)
{
        int error = errno;
        void *memory;

        memcpy(&memory, variable, sizeof(memory));
        free(memory);
        errno = error;
}

static inline void cleanup_close(const int *fd)
{
        int error = errno;

        if (*fd >= 0)
                close(*fd);
        errno = error;
}

#define _cleanup_free_  __attribute__((cleanup(cleanup_free)))
#define _cleanup_close_ __attribute__((cleanup(cleanup_close)))

/* Takes what such a variable holds out of it, so that it outlives the scope. */
#define take_pointer(variable)                            \
        __extension__({                                   \
                __typeof__(variable) taken_ = (variable); \
                (variable) = NULL;                        \
                taken_;                                   \
        })

static inline int take_fd(int *fd)
{
        int taken = *fd;

        *fd = -1;
        return taken;
}

#endif
