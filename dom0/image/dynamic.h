/*
 * What a program or a library asks of the loader: the libraries that it needs, the versions of
 * their symbols, and where else to look for them. Pure: checks every bound.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/words.h"

struct dynamic {
        struct words needed; /* names, as they stand there */
        char *path;          /* DT_RUNPATH, or else DT_RPATH; NULL: neither */
        bool is_passed_on;   /* it is DT_RPATH: it counts for the libraries of its libraries, too */
        struct words versions; /* "libc.so.6 GLIBC_2.34": without it, the loader gives up */
        struct words defined;  /* "NAME_1.0": what it has for others; none: it has no versions */
};

/*
 * Reads a 64-bit ELF file; false: it is none, or what it says of this leaves the file. A static
 * program needs nothing.
 */
bool dynamic_read(const void *data, size_t length, struct dynamic *ret_dynamic);
void dynamic_free(struct dynamic *dynamic);
