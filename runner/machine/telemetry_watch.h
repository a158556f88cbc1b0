/* Reading a GPU ten times a second while a check is under way, in a thread of its own. */
#pragma once

#include <pthread.h>

#include "runner/machine/health_watch.h"
#include "runner/machine/telemetry.h"

struct telemetry_watch {
        const struct health_watch *health;
        double start; /* clock_seconds */
        bool running, ending;
        pthread_t thread;
        pthread_mutex_t lock; /* of what follows */
        pthread_cond_t end;
        struct telemetry telemetry;
};

/* Without NVML, or a thread, nothing is read. */
void telemetry_watch_start(struct telemetry_watch *watch, const struct health_watch *health);
void telemetry_watch_end(struct telemetry_watch *watch);

/* The newest reading, and how many there were; 0: none. */
unsigned long telemetry_watch_last(
        struct telemetry_watch *watch, struct telemetry_point *ret_point);

/* What was counted so far. */
void telemetry_watch_counts(struct telemetry_watch *watch, unsigned long *ret_samples,
        unsigned long *ret_throttled, unsigned long *ret_starved);
