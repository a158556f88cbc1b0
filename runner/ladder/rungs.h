/* The ladder of a machine: a rung for each step on each GPU, and what became of it. Pure. */
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "record/status.h"
#include "runner/ladder/steps.h"

#define RUNG_NO_DEVICE (-1)

struct rung {
        enum ladder_step step;
        int device; /* CUDA's number, or RUNG_NO_DEVICE */
        enum status status;
        double seconds;
        char *reason;    /* owned; NULL: there is none */
        json_t *figures; /* owned; what the step measured; NULL: nothing */
};

struct rungs {
        struct rung *rung;
        size_t count;
        bool rehearsal; /* no GPU is involved */
};

/* One rung a step, without a GPU, none of them reached. False without memory. */
bool rungs_make(struct rungs *ret_rungs);
void rungs_clear(struct rungs *rungs);

/* Once the GPUs are known, `count` of them and at least one: the steps behind cuinit for each. */
bool rungs_spread(struct rungs *rungs, const int *device, size_t count);

/* What became of one. `reason` (NULL or "": none) is copied, `figures` (NULL: none) taken over. */
void rungs_settle(struct rungs *rungs, size_t number, enum status status, double seconds,
        const char *reason, json_t *figures);

/* The LADDER_BITs of the steps that passed, or had nothing to do here, as far as GPU `device` goes.
 */
uint32_t rungs_passed(const struct rungs *rungs, int device);

/* Whether every rung passed or was skipped. */
bool rungs_hold(const struct rungs *rungs);

/*
 * The first one that failed, be it in error or out of time; where nothing failed, the first that
 * was not tried. NULL: there is no obstacle.
 */
const struct rung *rungs_obstacle(const struct rungs *rungs);

/* The document of docs/ladder.schema.json; `running` is the rung under way, NULL: none is. */
json_t *rungs_json(const struct rungs *rungs, const struct rung *running);
