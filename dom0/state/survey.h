/* The facts that dom0/state/state.h decides from, gathered on this host. */
#ifndef FORESTAGE_DOM0_STATE_SURVEY_H
#define FORESTAGE_DOM0_STATE_SURVEY_H

#include <stdbool.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"
#include "dom0/host/esp.h"
#include "dom0/state/armed.h"
#include "dom0/state/state.h"

struct survey {
        struct state_facts facts;
        struct state state;
        struct armed armed; /* valid when facts.has_armed */
        struct esp esp;     /* valid when has_esp */
        bool has_esp;
        bool denied;      /* not root: the collected runs cannot be looked at */
        bool has_failure; /* this boot's command line cannot be understood: */
        struct failure failure;
        unsigned strikes;    /* of an order for every boot, as the firmware has counted */
        char stale[512];     /* what has changed since the run was armed; "" nothing */
        char not_ready[512]; /* why an armed run would not start; "" it would */
};

/* Always gives a survey; release it with survey_free. */
void survey_make(const struct host *host, struct survey *ret_survey);
void survey_free(struct survey *survey);

#endif
