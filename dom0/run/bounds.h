/*
 * How much a region may ask for. A region is untrusted, and 64 bytes of it can want a folder, a
 * file and some KiB of memory; an honest run stays far below each limit. What is over one is left
 * out, each limit says so in one sentence, and a run of which something was left out does not pass.
 * Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dom0/base/problems.h"
#include "dom0/run/jsoncost.h"
#include "record/schema.h"
#include "region/region.h"

/* docs/records.md has them all. A limit "a job" counts entries of the plan: jobs times GPUs. */
#define BOUNDS_PLAN         250000u               /* entries of the plan */
#define BOUNDS_RECORD_BYTES RECORD_JSON_MAX       /* the JSON of one record */
#define BOUNDS_PLAN_BYTES   RECORD_PLAN_MAX       /* that of run.plan */
#define BOUNDS_DEPTH        64u                   /* of objects and lists in one another */
#define BOUNDS_RECORD_MOST  (UINT64_C(256) << 20) /* memory for the JSON of one record */
#define BOUNDS_JSON_FIRST   (UINT64_C(16) << 20)  /* memory for JSON: so much, … */
#define BOUNDS_JSON_TIMES   24u                   /* … this for each byte of the text, … */
#define BOUNDS_JSON_MOST    (UINT64_C(1) << 30)   /* … and never more */
#define BOUNDS_FIRST        64u                   /* files, and folders below those of a job: … */
#define BOUNDS_A_JOB        1024u                 /* … this for each planned job, … */
#define BOUNDS_FILES        500000u               /* … and never more */
#define BOUNDS_FOLDERS      (2 * BOUNDS_PLAN + BOUNDS_FIRST) /* jobs/JOB/DEVICE of each */

enum bound {
        BOUND_PLAN,
        BOUND_RECORD,
        BOUND_VALUES,
        BOUND_DEPTH,
        BOUND_JSON,
        BOUND_FILES,
        BOUND_FOLDERS,
        BOUNDS,
};

struct bounds {
        uint64_t json_text; /* bytes of JSON so far, which BOUND_JSON grows with */
        struct {
                uint64_t most;
                uint64_t used;
                uint64_t wanted;   /* the sum of all, or the largest one */
                uint64_t left_out; /* records, entries or files */
        } of[BOUNDS];
};

/* Before the plan is known: as if it had one entry. */
void bounds_start(struct bounds *ret_bounds);

/* Takes `amount` of what there is in all. False: it is too much, and one more was left out. */
bool bounds_take(struct bounds *bounds, enum bound limit, uint64_t amount);

/* The same for the plan: how many of `count` entries are taken; the others are left out. */
uint64_t bounds_take_plan(struct bounds *bounds, uint64_t count);

/* Whether one JSON text may be built at all; else `ret_bound` is the limit that it is over. */
bool bounds_json_fits(
        const struct jsoncost *cost, uint64_t length, bool is_plan, enum bound *ret_bound);

/* The same, and notes what was left out. */
bool bounds_check_json(
        struct bounds *bounds, const struct jsoncost *cost, uint64_t length, bool is_plan);

/* Takes memory for a text that is kept. */
bool bounds_keep_json(struct bounds *bounds, const struct jsoncost *cost, uint64_t length);

/* One problem for each limit over which something was left out; returns how many there are. */
size_t bounds_explain(const struct bounds *bounds, struct problems *problems);

/* Whether it is run.plan: it has a line for every job and GPU, and a limit of its own. */
bool bounds_is_plan(const struct region_record *record);
