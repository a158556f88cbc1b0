/*
 * What was armed last, kept in /var/lib/forestage/armed.json: it outlives the order, which the run
 * uses up, so that status can tell what became of it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"
#include "dom0/xen/nextsystem.h"
#include "dom0/xen/xenboot.h"
#include "lib/uuid.h"

struct armed {
        char order[UUID_LENGTH + 1];
        bool every_boot;
        char reported[UUID_LENGTH + 1]; /* the run that collect --once has said was lost; "" none */
        char collected[UUID_LENGTH + 1]; /* the run that was collected last, whatever its folder
                                            has become; "" none since it was armed */
        json_t *document;
};

/*
 * Remembers an order with the hashes of what it was made from, as `next` was written, and the entry
 * that a person has named (NULL: nobody has).
 */
bool armed_save(const struct host *host, const char *order, bool every_boot, size_t jobs,
        const char *entry, const struct nextsystem *next, struct failure *ret_error);

/* False: nothing was armed (or it cannot be read). Release it with armed_free. */
bool armed_load(const struct host *host, struct armed *ret_armed);
void armed_free(struct armed *armed);

/* The entry that a person has named for it, borrowed; NULL: nobody has. */
const char *armed_entry(const struct armed *armed);

/* Sets `reported` on disk; nobody waits for it. */
void armed_report(const struct host *host, struct armed *armed, const char *run);

/* Sets `collected` on disk; nobody waits for it. */
void armed_collected(const struct host *host, struct armed *armed, const char *run);

/* Puts back what armed_load gave; NULL: nothing was there. */
bool armed_restore(const struct host *host, const struct armed *armed, struct failure *ret_error);

bool armed_forget(const struct host *host, struct failure *ret_error);

/*
 * Whether the host boots something else by now than what was armed: then `text` says what, as a
 * sentence without a full stop ("Xen has changed (/boot/xen.gz)").
 */
bool armed_is_stale(const struct armed *armed, const struct xenboot *boot, char *text, size_t size);
