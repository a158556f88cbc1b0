/* The numbers of one job on all its GPUs and in all runs of the page, to be put side by side. */
#pragma once

#include <stdbool.h>

#include "dom0/report/pageparts.h"

struct pagetable_name {
        const char *text;
        size_t rank, order; /* after which other it stands; among those that do */
};

struct pagetable {
        size_t gpus;
        const json_t *entries[PAGE_GPUS];         /* of page->jobs, borrowed */
        const json_t *jobs[PAGE_GPUS][PAGE_RUNS]; /* borrowed; NULL: it did not run there */
        json_t *numbers[PAGE_GPUS][PAGE_RUNS];    /* numbers_of each */
        json_t *peers[PAGE_GPUS][PAGE_RUNS];      /* check.peers by metric */
        json_t *baseline[PAGE_GPUS][PAGE_RUNS];   /* check.baseline_compared by metric */
        struct pagetable_name *names;             /* of all numbers, each once */
        size_t count;
        json_t *ranks; /* by name */
};

/* Of an element of page->groups; pagetable_free releases it. */
struct pagetable pagetable_take(const struct page *page, const json_t *group);
void pagetable_free(struct pagetable *table);

/* A number, or NULL. */
const json_t *pagetable_number(
        const struct pagetable *table, size_t gpu, size_t run, const char *name);

/* Whether the check itself found this number worse than its peers', or than its baseline's. */
bool pagetable_failed(const struct pagetable *table, size_t gpu, size_t run, const char *name);

/* Whether a chart shows it: speeds, where more is better, and whatever a check compares GPUs by. */
bool pagetable_is_shown(const struct pagetable *table, const char *name);

/* The most of it on GPUs of the same model, in all runs; 0: there is none above 0. */
double pagetable_best(const struct pagetable *table, size_t gpu, size_t run, const char *name);
