/*
 * What the process of a kernel job says to the supervisor without waking it, in memory that both
 * have (report_board): where it is, and how long its steps took. And room for small outputs, for
 * which the region then need not be opened; and for all outputs of jobs that run side by side.
 *
 * The process can write anything here at any time: what the supervisor reads is checked, and an
 * output is copied before it is looked at.
 */
#pragma once

#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "runner/kernel/kernel_order.h"

#define KERNEL_SMALL_BYTES 65536u /* an output that is no larger comes through the board */

/* What a job of the process is at; what comes before them it says in messages. */
enum kernel_step {
        KERNEL_NO_STEP,
        KERNEL_LOADS,
        KERNEL_CHECKS,
        KERNEL_ALLOCATES,
        KERNEL_FILLS,
        KERNEL_RUNS,
        KERNEL_COPIES,
};

/* In the order of a record. */
enum kernel_timing {
        KERNEL_TIME_MODULE,
        KERNEL_TIME_ALLOCATE,
        KERNEL_TIME_FILL,
        KERNEL_TIME_LAUNCH,
        KERNEL_TIME_LAUNCH_MIN,
        KERNEL_TIME_LAUNCH_MAX,
        KERNEL_TIME_OUTPUT,
        KERNEL_TIME_TIDY,
        KERNEL_TIMINGS,
        KERNEL_UNTIMED,
};

struct kernel_times {
        atomic_uint timed; /* bits: which of `seconds` there are */
        double seconds[KERNEL_TIMINGS];
};

struct kernel_board {
        atomic_uint went; /* it was told to go, and does */
        atomic_uint step; /* enum kernel_step */
        struct kernel_times times;
        char output[KERNEL_SMALL_BYTES];
        struct kernel_times beside[KERNEL_MOST_TOGETHER]; /* of each that runs side by side */
        char outputs[];                                   /* KERNEL_BOARD_OUTPUTS bytes: theirs */
};

#define KERNEL_BOARD_OUTPUTS (UINT64_C(8) << 20)

/* --- of the process --- */

void kernel_board_time(struct kernel_times *times, enum kernel_timing timing, double seconds);

/* --- of the supervisor --- */

/* Before each job, while the process waits for it. */
void kernel_board_clear(struct kernel_board *board);

/* What it was at, as in a reason; NULL: nothing of the job yet. */
const char *kernel_board_step(const struct kernel_board *board);

/* Adds "NAME_s" for each that was timed. */
void kernel_board_timings(const struct kernel_times *times, json_t *timings);
