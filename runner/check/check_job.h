/*
 * The process that runs one Type=check job on one device. It tells the supervisor, beside the
 * messages of report.h:
 *   devices   {"count"}                 how many GPUs the driver shows
 *   plan      {"tests", "estimate_s"}   how many tests, and about how long they take once
 *   limit     {"test", "s"}             it begins, and has so many seconds; no test: they are done
 *   progress  {"test", "number", "tests", "gbytes", "teraflop", "own_gbytes", "own_teraflop",
 *              "result"}                about once a second; "result": what has come out so far
 *   test      {"result"}                a test ended: as in docs/records.md
 *   series    {"column", "points"}  readings of the GPU meanwhile, in pieces
 *   errors    {"test", "errors"}        the errors of a test that follow its result, in pieces
 */
#pragma once

#include "jobs/check_tests.h"
#include "jobs/job.h"
#include "runner/record/device.h"

struct check_task {
        const struct job *job;
        const struct device *device;
        int phases; /* check_phase_file */
};

/* A process_main; `context` is a struct check_task. */
int check_job_main(void *context, int report, int order);
