/*
 * What the files of a check job's process share: the GPU, the memory under test, the report of the
 * kernels, the health readings, and how a test says what it found. check_job.c runs the tests,
 * each of the check_*.c files a family of them.
 */
#pragma once

#include <jansson.h>

#include "jobs/check_tests.h"
#include "jobs/job.h"
#include "jobs/standing/limit.h"
#include "kernels/check/report.h"
#include "record/status.h"
#include "runner/check/check_gpu.h"
#include "runner/check/check_phase.h"
#include "runner/machine/health_watch.h"
#include "runner/machine/standing_read.h"
#include "runner/machine/telemetry_watch.h"

struct check;
struct check_run;

/* Faults on purpose, to prove that the checks find them (saboteur.c). All zero: none. */
struct check_faults {
        unsigned long share;           /* an Nth of the free memory is under test */
        unsigned long hurry;           /* each test has an Nth of its time */
        unsigned long slow_percent;    /* speeds are measured so much slower */
        unsigned long stumble_percent; /* the first thing that a test measures, so much slower */
        unsigned wrong_code;           /* of sram-instruction: one, from 1 on */
        unsigned long first;           /* so many of the tests come behind the others */
        unsigned long limit_s;         /* each test has so many seconds before it hangs */
        const char *sys;               /* instead of /sys; NULL: none */
        bool steady;                   /* the rounds decide when a test ends, not the time */
        void (*before_test)(struct check_run *run);
        bool mma;                      /* mma.sync is used even where wgmma is there */
        struct check_sabotage kernels; /* what the kernels do wrong */

        /*
         * of memory: when a pattern was written, when it was checked, and at the end of a round,
         * which is whether the next is to be the first again; whether to go on
         */
        void (*after_write)(struct check_run *run, CUdeviceptr base, uint64_t bytes);
        void (*after_check)(struct check_run *run);
        bool (*after_round)(struct check_run *run);
        bool (*wants_more)(void);
        /* of arithmetic: as long as a test's load lasts, `blocks` more of its kernel run beside it
         */
        unsigned crowd_blocks;
        bool (*crowd)(
                struct check *check, CUfunction function, unsigned threads, void **parameters);
        bool (*disperse)(struct check *check);
        /* of what a copy brought, before it is verified */
        void (*corrupt)(struct check *check, CUdeviceptr data, uint64_t bytes);

        /* of each test: whether there is a fault to try it with, and what came of it (trials.h) */
        bool (*plant)(struct check *check, enum check_kind kind);
        void (*judge)(const struct check_run *run, enum status status);
        uint64_t acted; /* how often a report said that a fault did something */
};

struct check {
        const struct job *job;
        const struct device *device;
        int report; /* to the supervisor */
        int phases; /* check_phase_file */
        enum check_level level;
        double until; /* clock_seconds: a long check goes on to there; 0: every test once */
        struct check_gpu gpu;
        CUmodule memory_module, transfer_module;
        CUdeviceptr report_address;
        struct check_report seen; /* the kernels' report, as last downloaded */

        CUdeviceptr memory; /* under test; 0: not allocated */
        uint64_t memory_bytes, free_bytes;
        bool memory_in_part; /* only what a test of caches needs of it */

        struct check_faults faults;
        struct health_watch health;
        struct telemetry_watch telemetry;
        struct standing_reading standing; /* before the first test; health waits for it */
        unsigned devices;                 /* that the driver shows */
        double moved_bytes, flops;        /* by all tests so far */
        double next_progress;
        double load_s; /* compiling kernels, in all */
        bool measured; /* by the test that is running */
};

/* One test on its way. */
struct check_run {
        struct check *check;
        enum check_kind kind;
        struct check_amount amount;
        unsigned turn; /* of a long check; patterns differ from turn to turn */
        json_t *result;
        json_t *errors;            /* "first_errors", sent apart */
        double moved_bytes, flops; /* so far */
        char reason[WHY_SIZE];
};

/* Each adds its numbers to run->result. A GPU error is found in check->gpu by the caller. */
typedef enum status check_test_main(struct check_run *run);
check_test_main check_memory, check_compute, check_tensor, check_steps, check_sram, check_chip,
        check_special, check_agreement, check_together, check_soak, check_copy, check_p2p,
        check_latency, check_health;

/* Sets the faults; a test program has it, forestage-run does not (NULL). */
void check_sabotage(struct check *check) __attribute__((weak));

/* Sets the reason, if there is none yet; it is `status`. */
#define check_say(run, status, ...) (why_first((run)->reason, __VA_ARGS__), (status))

void check_number(struct check_run *run, const char *key, double value);
void check_count(struct check_run *run, const char *key, uint64_t value);

/*
 * Tells the supervisor once a second what is being done, and what has come out of it: what is in
 * the result by then is kept if the test never ends.
 */
void check_progress(struct check_run *run, double bytes, double flops);

/* Whether the next check_progress tells it. */
bool check_progress_is_due(const struct check_run *run);

/* While other GPUs copy between each other, or measure themselves, this one waits (check_phase.h).
 */
void check_enter(struct check_run *run, enum check_phase phase);
void check_begin_host(struct check_run *run);
void check_end_host(struct check_run *run);

/* Compiles a module once, at an optimisation level (cuda_load). */
bool check_module(
        struct check *check, CUmodule *module, const char *ptx, unsigned level, const char *name);

/* Zeroes the kernels' report; downloads it into check->seen, the errors only if there are any. */
bool check_report_clear(struct check *check);
bool check_report_read(struct check *check);

/*
 * Allocates the memory under test: as much as is free, which takes a second, or only what a test
 * needs; and gives it back.
 */
bool check_memory_take(struct check *check);
bool check_memory_take_some(struct check *check, uint64_t bytes);
bool check_memory_drop(struct check *check);

/* What a time is multiplied with before a speed is made of it: 1. */
double check_slowness(struct check *check);

/* Where a saboteur turns a bit of what is to be read. */
void check_corrupt(struct check *check, CUdeviceptr data, uint64_t bytes);

/* What the times of a test are divided by: 1. */
unsigned long check_hurry(const struct check *check);

/* Of `count` numbers, which are sorted. */
double check_median(double *numbers, unsigned count);

/* Whether a test that began at `start` may go on after `rounds` of it. */
bool check_goes_on(const struct check_run *run, unsigned rounds, double start);
