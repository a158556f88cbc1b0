/*
 * Scoped cleanup, named as systemd names it: what a variable holds is released where its block
 * ends, on every way out, in the opposite order of the declarations. Such a variable is set where
 * it is declared. What outlives its block is handed on with TAKE_PTR() or TAKE_FD().
 */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* `release` gets the variable's address. */
#define _cleanup_(release) __attribute__((cleanup(release)))

/* Memory that is given away: the variable is NULL afterwards. */
#define TAKE_PTR(pointer)                              \
        __extension__({                                \
                __typeof__(pointer) taken = (pointer); \
                (pointer) = NULL;                      \
                taken;                                 \
        })

/* The same with a descriptor, which is -1 then. */
#define TAKE_FD(fd)               \
        __extension__({           \
                int taken = (fd); \
                (fd) = -1;        \
                taken;            \
        })

/* errno stays in all of them, so that it can still be told why the block was left. */
static inline void cleanup_free(void *pointer)
{
        int saved = errno;
        void *memory;

        memcpy(&memory, pointer, sizeof(memory));
        free(memory);
        errno = saved;
}

/* A descriptor, or -1. */
static inline void cleanup_close(const int *fd)
{
        int saved = errno;

        if (*fd >= 0)
                close(*fd);
        errno = saved;
}

static inline void cleanup_closedir(DIR *const *folder)
{
        int saved = errno;

        if (*folder)
                closedir(*folder);
        errno = saved;
}

#define _cleanup_free_     _cleanup_(cleanup_free)
#define _cleanup_close_    _cleanup_(cleanup_close)
#define _cleanup_closedir_ _cleanup_(cleanup_closedir)
