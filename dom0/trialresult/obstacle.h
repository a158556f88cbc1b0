/* What keeps a trial from passing: the first thing, in the order in which a reader wants it. Pure.
 */
#pragma once

#include <stdbool.h>

#include <jansson.h>

#include "dom0/trialrecord/phases.h"

#define OBSTACLE_LINES 40u /* of the kernel's log that are kept */

/* All is borrowed; NULL: it is not there. */
struct trial_evidence {
        const json_t *plan; /* plan.json, checked */
        const struct trial_phases *phases;
        bool over;              /* the last step is done: without it there is no verdict */
        const json_t *notes;    /* [{"step", "text"}]: what went wrong, step by step */
        const json_t *ladder;   /* ladder.json */
        bool ladder_good;       /* forestage-run has said so, too */
        bool jobs_good;         /* and of the jobs */
        const json_t *baseline; /* run.json of the run before Xen */
        const json_t *dom0;     /* and of dom0 */
        const json_t *place;    /* {"xen", "kernel", "hypervisor", "pat", "iommu", "cpu"} */
        const char *log;        /* what the kernel said meanwhile, a line a message */
};

/* The steps that the ladder has, in their order; ends with NULL. */
extern const char *const obstacle_steps[];

/*
 * A new {"step", "why", "kernel"}, or NULL: nothing does. `comparison` is that of both
 * runs (dom0/trialresult/sidebyside.h).
 */
json_t *obstacle_find(const struct trial_evidence *facts, const json_t *comparison);

/* Whether anything says that no GPU was involved. */
bool obstacle_is_rehearsal(const struct trial_evidence *facts);

/* The lines of the kernel's log that are about the driver, memory types and DMA, as strings. */
json_t *obstacle_lines(const char *log);
