/* The lines of a job file, kept to be read again for each point of its sweep. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Of a section's header `section` is all of it ("[Kernel]"), and `name` is NULL. */
struct sweep_line {
        const char *section, *name, *value;
        unsigned line;
};

struct sweep_lines {
        struct sweep_line *line;
        size_t count;
        bool lost; /* one was, without memory for it */
};

/* Appends copies; `name` and `value` NULL: a header. */
void lines_add(struct sweep_lines *lines, const char *section, const char *name, const char *value,
        unsigned line);

void lines_clear(struct sweep_lines *lines);
