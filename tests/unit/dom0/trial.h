/* A trial on a stand-in host: its folder, the run before Xen, the boot, and what forestage-run
 * does. */
#pragma once

#include <jansson.h>

#include "tests/unit/dom0/host.h"
#include "tests/unit/dom0/sample.h"

#define TRIAL_ID SAMPLE_RUN /* the sample is what the jobs leave in dom0 */
#define ORDER_ID "0c9e5b21-7f3d-4a68-8a1b-5d4c3b2a1908"

#define TRIAL_FOLDER "/var/lib/forestage/trials/" TRIAL_ID

/* plan.json of a trial of three jobs with a driver folder that has a library alone. */
json_t *trial_plan_made(const struct stand_in *host);
void trial_put_plan(struct stand_in *host, const json_t *plan);

/* ladder.json: every step with that status but one; `odd` NULL: none. */
json_t *trial_ladder(
        const char *status, const char *odd, const char *odd_status, const char *odd_reason);

/* run.json of the sample, as collect makes it, with another id. */
json_t *trial_run_document(struct stand_in *host, const char *id);

/* All of it: a trial that passes; its boot; programs that leave what is prepared for them. */
void trial_put(struct stand_in *host);
void trial_put_ladder(struct stand_in *host, const json_t *ladder, int code);

/* What Xen's watchdog was set to, "set 1 900; set 1 300; "; until it is set the next time. */
extern char trial_net[512];
extern int trial_net_error; /* that every call gives; 0: none */
void trial_use_net(void);
