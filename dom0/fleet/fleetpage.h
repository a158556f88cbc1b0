/* A fleet as a page. Pure; all that runs say is untrusted. */
#pragma once

#include <stdio.h>

#include "dom0/fleet/apart.h"

/* `data` and `table`: names of the files beside it; NULL: there are none. */
void fleetpage_write(FILE *to, const struct fleet *fleet, const struct apart *apart,
        const char *data, const char *table);
