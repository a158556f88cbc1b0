/*
 * How a host stands before a reboot: which guests run on it and, on XCP-ng and XenServer, what xapi
 * says of it and of its pool. Only asks; changes nothing. What nobody answers in time is not known.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dom0/base/host.h"
#include "dom0/host/inventory.h"

enum truth { TRUTH_UNKNOWN, TRUTH_NO, TRUTH_YES };

struct standing {
        struct inventory inventory; /* what follows is known on such a host only, but for guests */
        char name[128];             /* of the host, made safe to print; "" not known */
        enum truth ha;              /* high availability is on in its pool */
        enum truth master;          /* it is the master of its pool */
        enum truth alone;           /* and no other host is in it */
        enum truth enabled;         /* it takes guests */
        char why[300];              /* why xe has not told all of it; "" it has */
        bool has_guests;            /* known, from xe or else from xl: */
        bool by_xl;
        size_t guests; /* on this host, the control domain not among them */
};

void standing_ask(const struct host *host, struct standing *ret_standing);
