/* A figure of all GPUs of a model as a strip of dots, as inline SVG. Pure. */
#pragma once

#include <stdio.h>

#include "dom0/fleet/apart.h"

/*
 * From the lowest value on the left to the highest on the right: each GPU a dot, and where there
 * are too many for that, how many of them are where. Those that stand apart are dots of their own,
 * in another colour, and named when pointed at.
 */
void strip_put(FILE *to, const struct fleet *fleet, const struct apart_list *list,
        const struct apart_group *group);
