/*
 * The store of this host for a new order: where it lies now, as the order will have it, and the
 * first block of each extent as it is to be then.
 */
#pragma once

#include <stdbool.h>

#include <jansson.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"
#include "dom0/store/record.h"
#include "dom0/trees/treeimage.h"

struct marking {
        struct store_record before; /* as an earlier order has it */
        struct store_record after;
        struct treeimage *images; /* of the inputs that `after` has; owned */
        size_t count;
};

/*
 * The store as it is, for an order that is armed anew and has it already: nothing is looked at, and
 * the first blocks stay as they are. `before` is empty.
 */
bool marking_keep(const struct host *host, struct marking *ret_marking, struct failure *ret_error);

/* Finds it out; writes nothing. For marking_free. False: there is none, or it cannot be used. */
bool marking_find(const struct host *host, struct marking *ret_marking, struct failure *ret_error);
void marking_free(struct marking *marking);

/*
 * Adds an input, which is then the marking's; marking_plan says where each is, and each checkpoint
 * of the map, and leaves `results` bytes of room.
 */
void marking_add(struct marking *marking, struct treeimage *image);
bool marking_plan(struct marking *marking, uint64_t results, struct failure *ret_error);

/*
 * Writes the first block of each extent and the inputs, and finds them on the disk. From then on an
 * earlier order does not find the store: after a failure, too, until marking_undo.
 */
bool marking_make(
        const struct host *host, const struct marking *marking, struct failure *ret_error);

/* Writes the first blocks as they were. */
bool marking_undo(
        const struct host *host, const struct marking *marking, struct failure *ret_error);

/* What armed.json has of it: a new object. */
json_t *marking_describe(const struct marking *marking);
