/* What the files behind claim_holds (proof.h) share; not for others. */
#pragma once

#include "dom0/proof/need.h"
#include "dom0/run/intake.h"

#define CLOCK_SLACK_S 1e-6 /* sums of readings are rounded */
#define CLOCKS_SHARE  0.01 /* by which the GPU's clock and the host's may differ, and … */
#define CLOCKS_S      0.01 /* … so much besides */

/* One job on one device that says `pass` or `skip`. */
struct claim {
        const struct intake *intake;
        const json_t *result;
        const json_t *promise; /* of the plan; NULL in records of version 1 */
        const json_t *device;  /* of run.devices, or NULL */
        /* Sets, and lists by name, so that long ones cost no more than they must. */
        json_t *outputs, *tests;                  /* of the RESULT; the first of a name */
        json_t *writes, *expects, *planned_tests; /* of the promise */
        const char *key;
        const struct trace *trace; /* never NULL */
        bool strict;               /* records from version 2 on */
        bool tells_reach;          /* from version 3 on */
        char *why;                 /* PROOF_TEXT bytes */
};

/* Sets `why`; false, so that a need can say `return claim_miss(…)`. */
#define claim_miss(claim, ...) need_miss((claim)->why, __VA_ARGS__)

/* The compute capability of its GPU: 90 for 9.0; 0 where that is no such number. */
int claim_compute(const struct claim *claim);
