/*
 * What the files of a check job's process share: the GPU, the memory under test, the report of the
 * kernels, the health readings, and how a test says what it found. check_job.c runs the tests,
 * each of the check_*.c files a family of them.
 */
#ifndef FORESTAGE_RUNNER_CHECK_CHECK_H
#define FORESTAGE_RUNNER_CHECK_CHECK_H

#include <jansson.h>

#include "jobs/check_tests.h"
#include "jobs/job.h"
#include "kernels/check/report.h"
#include "record/status.h"
#include "runner/check/check_gpu.h"
#include "runner/check/check_health.h"

#define CHECK_REASON 512u

struct check {
        const struct job *job;
        int report; /* to the supervisor */
        enum check_level level;
        double until; /* clock_seconds: a long check goes on to there; 0: every test once */
        struct check_gpu gpu;
        CUmodule memory_module, transfer_module;
        CUdeviceptr report_address;
        struct check_report seen; /* the kernels' report, as last downloaded */

        CUdeviceptr memory; /* under test; 0: not allocated */
        uint64_t memory_bytes, free_bytes;

        struct health_watch health;
        double moved_bytes, flops; /* since the last progress message */
        double next_progress;
        double load_s; /* compiling kernels, in all */
};

/* One test on its way. */
struct check_run {
        struct check *check;
        enum check_kind kind;
        struct check_amount amount;
        unsigned turn; /* of a long check; patterns differ from turn to turn */
        json_t *result;
        json_t *errors; /* "first_errors", sent apart */
        char reason[CHECK_REASON];
};

/* Each adds its numbers to run->result. A GPU error is found in check->gpu by the caller. */
typedef enum status check_test_main(struct check_run *run);
check_test_main check_memory, check_compute, check_tensor, check_copy, check_p2p, check_latency,
        check_health;

/* Sets the reason; returns `status`. */
enum status check_say(struct check_run *run, enum status status, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

void check_number(struct check_run *run, const char *key, double value);
void check_count(struct check_run *run, const char *key, uint64_t value);

/* Tells the supervisor once a second what is being done. */
void check_progress(struct check_run *run, double bytes, double flops);

/* Compiles a module once, at an optimisation level from 0 to 4. */
#define CHECK_OPTIMISE 4u
bool check_module(
        struct check *check, CUmodule *module, const char *ptx, unsigned level, const char *name);

/* Zeroes the kernels' report; downloads it into check->seen, the errors only if there are any. */
bool check_report_clear(struct check *check);
bool check_report_read(struct check *check);

/* Allocates the memory under test: as much as is free; and gives it back. */
bool check_memory_take(struct check *check);
bool check_memory_drop(struct check *check);

/* Whether a test that began at `start` may go on after `rounds` of it. */
bool check_goes_on(const struct check_run *run, unsigned rounds, double start);

#endif
