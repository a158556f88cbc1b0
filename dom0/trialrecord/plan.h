/*
 * plan.json of a trial folder: what was armed, and what the trial in dom0 is to do. It is written
 * by the verb that arms, and read as if anybody could have written it.
 */
#pragma once

#include <stdbool.h>

#include <jansson.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"
#include "lib/uuid.h"

#define TRIAL_PLAN_SCHEMA  "forestage-trial-plan/1"
#define TRIAL_PLAN_MODULES 64u /* that a driver may have */

struct trial_plan {
        char trial[UUID_LENGTH + 1], order[UUID_LENGTH + 1];
        char *folder;     /* the trial folder; owned */
        json_t *document; /* all of plan.json; owned */
};

/*
 * The plan of a trial, by its id in lower case. False with a reason: there is none, another than
 * root or this user could have written it, or something in it is not as it must be.
 */
bool trial_plan_load(const struct host *host, const char *trial, struct trial_plan *ret_plan,
        struct failure *ret_error);

/* The one made last; false: none. Folders whose plan cannot be taken do not count. */
bool trial_plan_last(const struct host *host, struct trial_plan *ret_plan);
void trial_plan_free(struct trial_plan *plan);

/* Writes one into the trial folder `folder`; it must be what trial_plan_load takes. */
bool trial_plan_write(const char *folder, const json_t *document, struct failure *ret_error);
