/*
 * What the results of a check come to: the rounds of a long check put together, the floors of
 * Require=, the baseline, the number of GPUs, and the status of it all. Pure.
 */
#pragma once

#include <jansson.h>

#include "jobs/job.h"
#include "runner/record/outcome.h"

/*
 * Adds a test's result to the list `tests`, in the order of enum check_kind. One that is there
 * already is joined with it: errors and bytes are added, the worst speed, latency and status are
 * kept, the first reason stays.
 */
void check_add_result(json_t *tests, json_t *result);

/*
 * Judges `check`, whose "tests" are complete: adds "requirements", and "devices" and
 * "baseline_compared" with "baseline_planned" where the job asks for them, and sets expected,
 * compared, failed, failure, error and skip of `evidence`. `baseline` is the GPU's own part of the
 * file (NULL: the job has none); `devices` how many GPUs the driver showed; `planned` how many
 * tests there should be.
 */
void check_judge(json_t *check, const struct job *job, const json_t *baseline, int devices,
        size_t planned, struct evidence *evidence);
