/* Where in the store the jobs of an order that is being armed leave what their next run gets back.
 */
#pragma once

#include <stdbool.h>

#include "dom0/arm/arming.h"
#include "dom0/base/failure.h"

/* Whether a job of the folder has Checkpoint=; of an order without a store that is an error. */
bool resumption_check(struct arming *arming, struct failure *ret_error);

/*
 * Adds a place for each such job to the map of the marking, which says where when it is planned;
 * and in it what tells the order from others: all its files, and the images of the marking. With
 * --anew it is told from all others.
 */
bool resumption_add(struct arming *arming, struct failure *ret_error);
