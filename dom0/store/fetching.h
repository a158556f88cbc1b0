/* The files of a run that the stage has put into the store of this host (store/shelf.h). */
#pragma once

#include <stdbool.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"
#include "dom0/run/run.h"
#include "dom0/store/record.h"
#include "store/pen.h"

/* The store is opened for the first file, and then stays open. */
struct fetching {
        const struct host *host;
        bool tried;
        int fd; /* of its disk; -1: it cannot be had, and `failure` says why */
        struct failure failure;
        struct store_record record;
        struct store_pen pen; /* it only reads: so is the disk open */

        const char *beside; /* what fetching_copy_to was told; NULL: no copies, or no more */
        bool make;
        int folder; /* that it is in; -1: not looked for so far */
};

/* For fetching_close. It must stay where it is. */
void fetching_open(const struct host *host, struct fetching *ret_fetching);
void fetching_close(struct fetching *fetching);

/*
 * Files are copied as they are proven, into files without names where the run folder `path` will
 * be; `make` makes the folders above it (0700). Where that cannot be, there are no copies. `path`
 * must outlive it.
 */
void fetching_copy_to(struct fetching *fetching, const char *path, bool make);

/* For those who read a run. `fetching` must outlive it. */
struct run_store fetching_store(struct fetching *fetching);
