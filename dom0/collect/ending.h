/* The ends of files of a run, found by their paths: what a job printed last. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dom0/run/run.h"

/* The files of a run by their paths. */
struct endings {
        const struct run_file **files; /* sorted; owned */
        size_t count;
};

struct ending {
        const char *text; /* in the region */
        size_t length;
        uint64_t before; /* bytes of the file that come before */
};

/* `run` must outlive it; NULL is a run without files. Release it with endings_free. */
void endings_make(const struct run *run, struct endings *ret_endings);
void endings_free(struct endings *endings);

/*
 * At most `most` bytes of the file, beginning with a character where it is UTF-8. False: there is
 * no such file.
 */
bool endings_find(
        const struct endings *endings, const char *path, size_t most, struct ending *ret_ending);
