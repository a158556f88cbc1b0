/* What became of the trial that was armed last: what status says of it, in a word and a sentence.
 */
#pragma once

#include <stdbool.h>

#include "dom0/base/host.h"
#include "dom0/trialrecord/phases.h"
#include "dom0/trialrecord/plan.h"

/* What is known of its order, the run whose next system the trial's dom0 is. */
struct trial_start {
        bool armed;        /* it is live on the EFI system partition */
        bool here;         /* this boot is it */
        bool lost;         /* it was started and its results are not there: */
        bool handed_over;  /* the stage had come as far as Xen */
        bool collected;    /* its results are there: dom0 had come up */
        const char *where; /* of a lost one, as the rest of a sentence: "it ended …"; borrowed */
};

enum trial_state {
        TRIAL_IS_ARMED,
        TRIAL_IS_WAITING, /* its dom0 is this boot, and has not begun with it */
        TRIAL_IS_AT_WORK,
        TRIAL_WAS_LOST,    /* in the stage, as any run may be */
        TRIAL_NEVER_BEGAN, /* Xen or dom0 did not come as far */
        TRIAL_WAS_STOPPED, /* behind its beginning and before its end */
        TRIAL_HAS_PASSED,
        TRIAL_HAS_FAILED,
        TRIAL_IS_CALLED_OFF, /* it was not started, and will not be */
        TRIAL_IS_UNKNOWN,    /* it came to its end, and what it found cannot be read */
};

const char *trial_state_name(enum trial_state state); /* a word of status --json */

struct trial_standing {
        enum trial_state state;
        enum trial_phase phase; /* noted last */
        char trial[UUID_LENGTH + 1];
        char mode[8];
        char text[900]; /* for people; not escaped */
};

/*
 * Pure. `outcome` is trial.json, or NULL: there is none that can be read. One of another trial, and
 * one without its words, is none.
 */
void trial_standing_decide(const struct trial_plan *plan, const struct trial_phases *phases,
        const struct trial_start *start, const json_t *outcome,
        struct trial_standing *ret_standing);

/* A document of a trial folder, as it is: "trial.json", "ladder.json"; release it. NULL: errno. */
json_t *trial_document_load(const char *folder, const char *name);

/*
 * The same of a plan on this host. `start` needs no `collected`: it is looked up among the
 * collected runs as well.
 */
void trial_standing_look(const struct host *host, const struct trial_plan *plan,
        const struct trial_start *start, struct trial_standing *ret_standing);
