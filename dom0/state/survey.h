/*
 * One look at this host: how it was booted, its ESP, the firmware's variables, what was armed, and
 * what dom0/state/state.h decides from that. Who has it need not look again.
 */
#pragma once

#include <stdbool.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"
#include "dom0/host/esp.h"
#include "dom0/state/armed.h"
#include "dom0/state/followup.h"
#include "dom0/state/state.h"
#include "region/bootline.h"

struct survey {
        struct state_facts facts;
        struct bootline line; /* this boot's, valid when facts.has_boot */
        struct state state;
        struct armed armed; /* valid when facts.has_armed */
        struct esp esp;     /* valid when has_esp */
        bool has_esp;
        struct failure esp_failure; /* without has_esp: why none was found */
        bool denied;                /* not root: the collected runs cannot be looked at */
        bool has_failure;           /* this boot's command line cannot be understood */
        struct failure failure;     /* without facts.has_boot: why, or that it names no region */
        unsigned strikes;           /* of an order for every boot, as the firmware has counted */
        bool struck_out; /* the one that was armed last has disarmed itself, as far as is known */
        char stale[512]; /* what has changed since the run was armed; "" nothing */
        char not_ready[512]; /* why an armed run would not start; "" it would */
        bool unseen;         /* not_ready says why it cannot be told what the host would boot now */
        char no_way[512];    /* none is armed: why one would not be started; "" it would */
};

/* Always gives a survey; release it with survey_free. */
void survey_make(const struct host *host, struct survey *ret_survey);

/*
 * What may keep an armed run from starting as it was armed: survey->stale and survey->not_ready, or
 * survey->no_way.
 */
void survey_readiness(const struct host *host, struct survey *survey);

/* An order for every boot: what decides about it but for how the host boots, and when. */
struct followup_facts survey_followup(const struct survey *survey);
void survey_free(struct survey *survey);
