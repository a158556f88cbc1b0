/*
 * What people see of a run while it runs: a line as each job starts and ends, and in between a sign
 * of life. On a terminal that is one line that is written over again and again; anywhere else, as
 * in the stage, where the lines go to a serial port, it is a line a job and PROGRESS_SECONDS.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "runner/record/outcome.h"
#include "runner/record/plan.h"

#define PROGRESS_COLUMNS 80
#define PROGRESS_SECONDS 5.0

struct progress {
        FILE *to;
        bool terminal;   /* one line, written over */
        bool drawn;      /* it is there now */
        size_t finished; /* entries */
        const struct plan *plan;
};

/* One running job, as a moment of it looks. */
struct progress_view {
        size_t number; /* of the entry in the plan, from 0 */
        double elapsed_s;
        const char *doing;        /* what the job says of its progress; NULL or "": nothing */
        const struct entry *next; /* what runs on the same GPU afterwards; NULL: nothing */
};

void progress_open(struct progress *progress, FILE *to, const struct plan *plan);

void progress_started(struct progress *progress, size_t number);
void progress_ended(struct progress *progress, size_t number, const struct outcome *outcome);

/* How often progress_show is worth calling. */
double progress_period(const struct progress *progress);
void progress_show(struct progress *progress, const struct progress_view *view);

/* Takes the line away, if there is one. */
void progress_erase(struct progress *progress);

/*
 * The line: "job 2 of 5 reduce on GPU 0: [####......] 12 s of at most 60 s, next: scan". At most
 * PROGRESS_COLUMNS - 1 characters, so that no terminal breaks it. Pure.
 */
void progress_format(
        const struct plan *plan, const struct progress_view *view, char ret_line[PROGRESS_COLUMNS]);
