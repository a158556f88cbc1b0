/*
 * What a number of a check can be at best, and the least that is good enough: what the bar that
 * shows it is measured by. Pure; the run is untrusted.
 */
#pragma once

#include <jansson.h>

struct scale {
        double best;     /* 0: not known */
        double least;    /* by the run's own record, in the number's unit; 0: it has none */
        const char *is;  /* what the best is, in words */
        const char *why; /* it is not known: why; borrowed from the job or a constant */
};

/*
 * Of the number `metric` ("copy-h2d.gbps", as the check's own lists have it) of a job that ran on
 * `device`, an element of run.json's devices.
 */
struct scale scale_of(const json_t *device, const json_t *job, const char *metric);
