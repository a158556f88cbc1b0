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
#include "dom0/host/esp.h"
#include "dom0/host/hashlist.h"
#include "dom0/xen/nextsystem.h"
#include "dom0/xen/xenboot.h"
#include "lib/sha256.h"
#include "lib/uuid.h"

/* What becomes of an order for every boot when the host would boot something else by now. */
enum armed_updates {
        ARMED_FOLLOW, /* armed anew */
        ARMED_STOP,   /* disarmed */
};

struct armed {
        char order[UUID_LENGTH + 1];
        bool every_boot;
        enum armed_updates updates;
        bool withdrawn; /* the order was taken off the ESP, to come back when an update is over */
        char reported[UUID_LENGTH + 1]; /* the run that collect --once has said was lost; "" none */
        char collected[UUID_LENGTH + 1]; /* the run that was collected last, whatever its folder
                                            has become; "" none since it was armed */
        char seen[UUID_LENGTH + 1]; /* the last run that was held against the host as it came up */
        json_t *document;
};

/* An order as it is made. All is borrowed. */
struct armed_order {
        const char *order;
        bool every_boot;
        enum armed_updates updates;
        size_t jobs;
        const char *entry;             /* that a person has named; NULL: nobody has */
        const struct nextsystem *next; /* as it was written */
        const struct hashlist *files;  /* all of the manifest */
        /* The folder of the image on this host, if the ESP has what it has; NULL: it has not. */
        const char *image;
        const json_t *store;              /* that it has; NULL: none */
        const char *hand_off;             /* how this one ends; NULL: as forestage.conf says */
        uint8_t application[SHA256_SIZE]; /* forestage.efi on the ESP, which no manifest lists */
};

/*
 * Remembers an order with the hashes of what it was made from. `before`: what was remembered of the
 * same order, which is armed anew; its runs stay known. NULL: another order.
 */
bool armed_save(const struct host *host, const struct armed_order *order,
        const struct armed *before, struct failure *ret_error);

/* False: nothing was armed (or it cannot be read). Release it with armed_free. */
bool armed_load(const struct host *host, struct armed *ret_armed);
void armed_free(struct armed *armed);

/* What a person has named for it; the title of its entry; the image's folder. NULL: none. */
const char *armed_entry(const struct armed *armed);
const char *armed_title(const struct armed *armed);
const char *armed_image(const struct armed *armed);

/* What it has of the store, an object, borrowed; NULL: it does without. */
const json_t *armed_store(const struct armed *armed);

/* How it ends, where it says that itself, borrowed; NULL: as forestage.conf has it. */
const char *armed_hand_off(const struct armed *armed);

/* "follow", "stop". False: there is no such word. */
bool armed_parse_updates(const char *word, enum armed_updates *ret_updates);
const char *armed_updates_name(enum armed_updates updates);

/*
 * Notes, on disk, that the order is taken off the ESP until an update is over, and why; or, without
 * a reason (NULL), that it is not.
 */
bool armed_withdraw(
        const struct host *host, struct armed *armed, const char *why, struct failure *ret_error);

/* Notes that it was disarmed because it could not follow the host; `told`: that was said. */
bool armed_stop(const struct host *host, struct armed *armed, const char *why, bool told,
        struct failure *ret_error);

/* The same of an order for every boot that nothing was remembered of; it is the last one now. */
bool armed_stop_unknown(const struct host *host, const char *order, const char *why, bool told,
        struct failure *ret_error);

/* Why it was withdrawn, or stopped, borrowed; NULL: it was not. */
const char *armed_withdrawn(const struct armed *armed);
const char *armed_stopped(const struct armed *armed, bool *ret_told);

/* Sets `reported` on disk; nobody waits for it. */
void armed_report(const struct host *host, struct armed *armed, const char *run);

/* Sets `collected` on disk; nobody waits for it. */
void armed_collected(const struct host *host, struct armed *armed, const char *run);

/* Sets `seen` on disk; nobody waits for it. */
void armed_see(const struct host *host, struct armed *armed, const char *run);

/* Puts back what armed_load gave; NULL: nothing was there. */
bool armed_restore(const struct host *host, const struct armed *armed, struct failure *ret_error);

bool armed_forget(const struct host *host, struct failure *ret_error);
