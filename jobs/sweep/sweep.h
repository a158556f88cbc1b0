/*
 * [Sweep] of a job file: names with values, and the points that they make; docs/job-files.md is the
 * reference. Every point is a job of its own. Columns of one table go together, line by line; all
 * else is crossed with each other, the name that stands last changing fastest. Pure: who reads the
 * tables is the caller's business. All of it is untrusted.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jobs/sweep/lines.h"
#include "jobs/sweep/values.h"
#include "lib/why.h"

#define SWEEP_MAX_POINTS VALUES_MAX
#define SWEEP_MAX_DIGITS 6u /* of a point's number */
#define SWEEP_MAX_NAMES  16u
#define SWEEP_MAX_NAME   32u
#define SWEEP_TEXT       256u  /* of sweep_describe */
#define SWEEP_MAX_FILLED 4096u /* bytes of a line's value, with the sweep's in it */

struct sweep_name {
        char name[SWEEP_MAX_NAME + 1];
        unsigned line;
        char *file;  /* the table that its values are a column of; NULL: they stand in the job file
                      */
        size_t turn; /* of sweep.turn */
        struct sweep_values values;
};

/* What changes together. */
struct sweep_turn {
        size_t count;
        size_t every; /* it changes with every so many-th point */
};

struct sweep {
        struct sweep_name name[SWEEP_MAX_NAMES];
        size_t names;
        struct sweep_turn turn[SWEEP_MAX_NAMES];
        size_t turns;
        uint32_t points;          /* 0: it is broken */
        size_t json_bytes;        /* that the values of a point take at most, with their names */
        struct sweep_lines lines; /* of its job file */
        uint32_t *chosen;         /* the points to run, in their order; NULL: all */
        uint32_t chosen_count;
};

/*
 * Reads the file of a table: memory that the sweep frees. False, and `why`, when it cannot be.
 */
struct sweep_reader {
        bool (*read)(
                void *context, const char *file, char **ret_text, size_t *ret_length, char *why);
        void *context;
};

/* A line "name=values" of the section. When false, `why` says what is wrong with it. */
bool sweep_add(struct sweep *sweep, const char *name, const char *values, unsigned line,
        const struct sweep_reader *reader, char *why);

/* All lines were added: how many points are there? False, and `why`: none, or too many. */
bool sweep_count(struct sweep *sweep, char *why);

/* The value of a name at a point, which is a number from 1 on. */
const char *sweep_value(const struct sweep *sweep, size_t name, uint32_t point);

/*
 * `text` with the values of the point in it: ${name} is one, $$ is a dollar, and every other dollar
 * is what it is. Names become true in `used`, of SWEEP_MAX_NAMES elements, or NULL. When false,
 * `why` says what cannot be.
 */
bool sweep_fill(const struct sweep *sweep, uint32_t point, const char *text, char *ret_text,
        size_t size, bool *used, char *why);

/* "n=3, label=a", cut where that is too long. */
void sweep_describe(const struct sweep *sweep, uint32_t point, char ret_text[SWEEP_TEXT]);

/* How many points are run, and which the one at `place` is, from 0 on. */
size_t sweep_runs(const struct sweep *sweep);
uint32_t sweep_run(const struct sweep *sweep, size_t place);

/* Frees all of it, and the sweep itself; NULL is none. */
void sweep_free(struct sweep *sweep);
