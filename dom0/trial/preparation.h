/* A trial on its way: what was asked for, and all that is found out before anything is written. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dom0/arm/arming.h"
#include "dom0/base/failure.h"
#include "dom0/base/host.h"
#include "dom0/doctor/hurdle.h"
#include "dom0/trialline/lines.h"
#include "dom0/trialparts/driverfolder.h"
#include "dom0/trialparts/guardparts.h"
#include "dom0/trialparts/units.h"
#include "lib/option.h"
#include "lib/uuid.h"

#define TRIAL_BOOT_S 600u /* from the guard to the unit: a slow host's dom0, and no more */

struct trial_options {
        const char *driver, *jobs;
        const char *esp, *entry;
        const char *limit, *boot_limit;
        struct option_words xen, dom0;
        bool cached, stay, all;
        bool yes, dry_run;
};

struct preparation {
        const struct host *host;
        const struct trial_options *given;
        enum trial_mode mode;
        unsigned limit_s;            /* that a person has given; 0: nobody has */
        unsigned boot_s;             /* from the guard to the unit */
        char trial[UUID_LENGTH + 1]; /* its id: one, however often it is prepared */

        /* What preparation_make finds: */
        struct arm_options arm;
        struct arming arming;
        char *release; /* of dom0's kernel; owned */
        struct driverfolder driver;
        struct guardparts guard;
        const char *masks[UNITS_GUESTS];
        struct lines host_lines, lines;
        void *archive; /* owned */
        struct nextsystem_changes changes;
        unsigned trial_s; /* that it may take in dom0 */
        struct hurdle hurdles[HURDLES_MAX];
        size_t hurdles_count;
};

/* A fresh id for the trial. */
bool preparation_start(struct preparation *preparation, struct failure *ret_error);

/*
 * Finds and checks everything; changes nothing. False with a reason. What is found is released by
 * preparation_forget in any case, which leaves the first six members.
 */
bool preparation_make(struct preparation *preparation, struct failure *ret_error);
void preparation_forget(struct preparation *preparation);
