/* What the parts of dom0/report/page.c share: the page at work. */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

#include "dom0/figures/chart.h"

#define PAGE_RUNS 8u
#define PAGE_GPUS 16u /* beside each other */

/* Where a run's files are. */
struct page_folder {
        char *base;         /* of links to them from the page, with a "/" at its end; NULL: none */
        const char *path;   /* of the run folder */
        const char *sha256; /* of its run.json */
};

struct page {
        FILE *to;
        const json_t *const *documents;
        const struct page_folder *folders; /* of each; NULL: not known */
        size_t count;
        json_t *jobs;   /* {"job", "device"} of every run's jobs, each once; as `groups` */
        json_t *groups; /* lists of them: a job's GPUs, no more than PAGE_GPUS in each */
        json_t *index[PAGE_RUNS]; /* of the jobs of each run, by numbers_index */
};

char page_letter(size_t run); /* what a run is called on the page */

/* The job of an entry of page->jobs in a run; NULL: it has none. */
const json_t *page_job(const struct page *page, const json_t *entry, size_t run);
/* The GPU of an entry in a run, as run.devices has it; NULL: it has none. */
const json_t *page_device(const struct page *page, const json_t *entry, size_t run);
void page_put_job_name(FILE *to, const json_t *entry);
void page_put_gpu(FILE *to, const json_t *entry); /* "GPU 3" */

/* One line of a chart: the run's letter, the bar (none on a scale of 0), the number. */
void page_put_bar(const struct page *page, size_t run, const struct chart_part *parts, size_t count,
        double scale, const char *number);
