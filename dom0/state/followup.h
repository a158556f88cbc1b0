/*
 * What becomes of an order for every boot when the host moves on: decided from what is on the ESP
 * and in armed.json. Pure.
 *
 * An order must never start what the host would not boot itself by now. So while an update may be
 * under way it is withdrawn: taken off the ESP, and kept in armed.json. When it is over (the host
 * is shut down, or has come up) the order is armed anew, or given up, and that is said.
 */
#pragma once

#include <stdbool.h>

#include "dom0/state/armed.h"

/* What the order would start, held against the host. */
enum followup_sight {
        FOLLOWUP_SAME,
        FOLLOWUP_DIFFERS,
        FOLLOWUP_UNKNOWN, /* how the host boots, or whether, cannot be told */
};

struct followup_facts {
        bool has_order; /* one for every boot is on the ESP */
        bool known;     /* armed.json is about it, or about an order for every boot, if none is */
        bool withdrawn; /* as armed.json has it */
        enum armed_updates updates;
        enum followup_sight sight; /* FOLLOWUP_SAME where nobody looked */
        bool over; /* no update can be under way: the host is shut down, or has just come up */
};

enum followup {
        FOLLOWUP_NOTHING,
        FOLLOWUP_BACK,     /* the order is there again: note that */
        FOLLOWUP_WITHDRAW, /* take it off the ESP until the update is over */
        FOLLOWUP_ARM,      /* anew */
        FOLLOWUP_DISARM,   /* and say so */
};

/* Whether it depends on the sight at all: nobody need look otherwise. */
bool followup_is_open(const struct followup_facts *facts);

enum followup followup_decide(const struct followup_facts *facts);
