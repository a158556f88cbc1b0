/*
 * What people see of a run while it runs: a line as each job starts and ends, and in between a sign
 * of life. The points of a sweep are counted together (tally.h). On a terminal that is one line
 * that is written over again and again; anywhere else, as in the stage, where the lines go to a
 * serial port, it is a line a job and PROGRESS_SECONDS.
 *
 * On a terminal no line is longer than that is wide: what a job's end has to say goes on in further
 * lines, everything else is cut. Anywhere else nothing is.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "runner/console/tally.h"
#include "runner/record/outcome.h"
#include "runner/record/plan.h"

#define PROGRESS_COLUMNS 80u  /* of a terminal that does not say */
#define PROGRESS_MOST    512u /* columns that are used of any; bytes, too */
#define PROGRESS_SECONDS 5.0

struct progress {
        FILE *to;
        bool terminal;   /* one line, written over */
        size_t drawn;    /* columns of it that are there now */
        size_t columns;  /* that a line may take */
        bool folds;      /* lines must not be longer */
        size_t finished; /* entries */
        const struct plan *plan;
        struct tallies tallies;
};

/* One running job, as a moment of it looks. */
struct progress_view {
        size_t number; /* of the entry in the plan, from 0 */
        double elapsed_s;
        const char *doing;        /* what the job says of its progress; NULL or "": nothing */
        const struct entry *next; /* what runs on the same GPU afterwards; NULL: nothing */
};

void progress_open(struct progress *progress, FILE *to, const struct plan *plan);

void progress_close(struct progress *progress);

void progress_started(struct progress *progress, size_t number);
void progress_ended(struct progress *progress, size_t number, const struct outcome *outcome);

/* How often progress_show is worth calling. */
double progress_period(const struct progress *progress);
void progress_show(struct progress *progress, const struct progress_view *view);

/* The terminal has another size now. What it has broken stays as it is. */
void progress_resized(struct progress *progress);

/* Takes the line away, if there is one. */
void progress_erase(struct progress *progress);

/*
 * The line: "job 2 of 5 reduce on GPU 0: [####......] 12 s of at most 60 s, next: scan". At most
 * `columns` (at most PROGRESS_MOST) columns: what comes next goes first, then the bar, then the end
 * of the name. Pure.
 */
void progress_format(const struct plan *plan, const struct progress_view *view, size_t columns,
        char ret_line[PROGRESS_MOST]);
