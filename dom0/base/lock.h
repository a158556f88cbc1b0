/*
 * The one lock of this host for verbs that change something. It is /run/forestage/lock, which only
 * root can open; the kernel holds it for the process, so that one which was killed holds nothing,
 * and for the programs that it has started, which go on with their change when it is killed.
 * In the file stands who has it. Where there is no /run that can be written to, the root folder
 * itself is locked, and nobody can tell who has it. A verb that only looks takes no lock and waits
 * for nobody: it looks at the lock before and after, and says no more than it can know.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"

struct lock {
        int fd;          /* -1: not held */
        uint64_t serial; /* of this change, in the order of all since the host was started */
};

#define LOCK_NONE ((struct lock){ .fd = -1 })

extern unsigned lock_patience; /* seconds that lock_take waits; tests shorten it */

/*
 * Takes it for `verb`. While another has it, waits, and says for whom on standard error. False:
 * code EXIT_BUSY when the other has not ended in time, EXIT_FAIL when there is no lock to be had.
 */
bool lock_take(const struct host *host, const char *verb, struct lock *ret_lock,
        struct failure *ret_error);
void lock_release(struct lock *lock);

/* What somebody sees who only looks. */
struct lock_view {
        bool busy;
        uint64_t serial; /* of the last change that has begun; 0: not known */
        char who[80];    /* "forestage arm (process 4711)", or "another forestage" */
};

void lock_look(const struct host *host, struct lock_view *ret_view);

/*
 * Whether what was seen between the two looks may belong to no state of the host that there is or
 * was: a change was in progress at some time of it. Who makes or made it is in `after`.
 */
bool lock_disturbed(const struct lock_view *before, const struct lock_view *after);
