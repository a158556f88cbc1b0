/* What the supervisor tells the process of kernel jobs, which reads one order after the other. */
#pragma once

#include <stdint.h>

#define KERNEL_GO       UINT64_MAX
#define KERNEL_TOGETHER (UINT64_MAX - 1)
#define KERNEL_STAYS    1u /* another job follows */
#define KERNEL_ANEW     2u /* no module that is kept may be used */
#define KERNEL_ASKED    4u /* the order for the first output comes at once */

#define KERNEL_MOST_TOGETHER 32u /* jobs side by side */

/*
 * "Copy output number `index` (of the arguments that are outputs) to `to`, `bytes` of it." The
 * first order of each job has the index KERNEL_GO instead: `to` is its struct job, which was there
 * when the process was forked, and `bytes` are KERNEL_STAYS and the like, or 0; a point of a sweep
 * was not there, and is made from that and its number.
 *
 * Of jobs that run side by side (flight_job.h) the first order has the index KERNEL_TOGETHER, and
 * `point` says how many there are. As many orders follow, each with a job, like that of KERNEL_GO:
 * `index` is where its outputs begin in the board, one behind the other, and `bytes` how long they
 * are together.
 */
struct kernel_order {
        uint64_t index;
        uint64_t bytes;
        void *to;
        uint32_t point; /* of the sweep of `to`; 0: it is the job itself */
};
