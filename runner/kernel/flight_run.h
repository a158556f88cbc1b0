/*
 * The supervisor's side of jobs side by side (flight_job.h): kind_flight (attempt.h), an attempt
 * that stands for those of several jobs, its members, which have one process together.
 *
 * It passes when each of its members does. Then, and only then, they have results; anything else,
 * an error, a value that is not as expected, a kernel that takes too long, an Xid, a line that one
 * of them printed, is nobody's, and each of them has to run alone to have one.
 */
#pragma once

#include "runner/kernel/kernel_order.h"
#include "runner/process/attempt.h"

#define FLIGHT_JOB_BYTES (UINT64_C(16) << 20) /* of a GPU's memory, that a job may take */

/* What is known of modules, so that each is read once. All zeroes is nothing. */
struct flight_modules {
        struct flight_module {
                char *path;
                bool alone; /* its kernels cannot run side by side with others */
        } * known;
        size_t count;
};

void flight_modules_clear(struct flight_modules *modules);

/*
 * Whether the job can run side by side with others: a kernel that shares its context, runs once, is
 * small, and whose module neither takes memory of the context nor prints.
 */
bool flight_admits(struct flight_modules *modules, const struct job *job, int folder);

/* The state of the attempt `flight`, of kind_flight; NULL: attempt_error. */
struct flight *flight_make(struct attempt *flight);

/*
 * Adds a job that flight_admits has let in and that has not begun. False: it does not go with the
 * others, because there are enough, because the outputs or the buffers of all do not fit, or
 * because it cannot run at all; it has to run alone then, which says why. It has to live as long as
 * the flight.
 */
bool flight_add(struct flight *flight, struct attempt *member);

/* Of the GPU's memory, that the buffers of all take. */
uint64_t flight_device_bytes(const struct attempt *flight);

/*
 * It has passed: the outputs of its members go into the region, and each of them is decided. One
 * whose outputs could not be recorded is an error.
 */
void flight_settle(struct attempt *flight);

/* Its process goes back (crew_return). */
void flight_return(struct attempt *flight, bool doubt);

extern const struct kind kind_flight;
