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
};

/* For fetching_close. It must stay where it is. */
void fetching_open(const struct host *host, struct fetching *ret_fetching);
void fetching_close(struct fetching *fetching);

/* For those who read a run. `fetching` must outlive it. */
struct run_store fetching_store(struct fetching *fetching);
