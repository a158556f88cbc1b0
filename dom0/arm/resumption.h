/* Where in the store the jobs of an order that is being armed leave what their next run gets back.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dom0/base/failure.h"
#include "dom0/check/joblist.h"
#include "dom0/store/marking.h"

struct resumption {
        const char *jobs; /* the folder, as the user calls it */
        const struct joblist *list;
        uint64_t gpus; /* at least 1 */
        bool anew;     /* the order is told from all others */
};

/* Of an order without a store: whether none of its jobs has Checkpoint=. */
bool resumption_without(const char *jobs, struct failure *ret_error);

/*
 * Adds a place for each job that has it to the map of the marking, which says where when it is
 * planned; and in it what tells the order from others: all its files, and the marking's images.
 */
bool resumption_add(
        const struct resumption *resumption, struct marking *marking, struct failure *ret_error);
