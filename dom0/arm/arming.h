/* An arm on its way: what was asked for, and all that is found out before anything is written. */
#pragma once

#include <stdbool.h>

#include "dom0/base/host.h"
#include "dom0/check/jobcheck.h"
#include "dom0/check/joblist.h"
#include "dom0/check/target.h"
#include "dom0/pool/standing.h"
#include "dom0/state/armed.h"
#include "dom0/state/order.h"
#include "dom0/state/readiness.h"
#include "dom0/store/marking.h"
#include "dom0/xen/nextsystem.h"

struct arm_options {
        const char *jobs;
        const char *esp;
        const char *entry; /* of GRUB's menu */
        bool no_jobs;
        const char *every_boot; /* NULL: once; "": without a word */
        const char *hand_off;   /* NULL: as forestage.conf says */
        bool store;
        bool anew; /* nothing that an earlier run left is given to its jobs */
        bool yes;
        bool dry_run;
};

struct arming {
        const struct host *host;
        const struct arm_options *given;
        struct readiness ready;
        struct nextsystem next;
        bool needs_elf; /* Xen is a file that a run cannot end in (dom0/xen/elfentry.h) */
        /* What is to be different in what it ends in, and the id of its order; NULL: nothing, a
         * new one. Borrowed. */
        const struct nextsystem_changes *changes;
        const struct order *order;
        enum armed_updates updates;
        enum hand_off hand_off; /* where given->hand_off is */
        /* What is armed anew: the same order, its jobs as they are on the ESP; NULL: a new one. */
        const struct armed *again;
        bool renewed; /* its image is another one by now, which is brought to the ESP */
        char *image;  /* as armed_order has it; owned */
        char *jobs;   /* owned; NULL: none */
        struct joblist list;
        struct outlook outlook; /* what the jobs will find */
        struct job_check check;
        struct marking marking;   /* of the store; all zero: the order has none */
        struct standing standing; /* of the host, before the reboot */
        struct order before;      /* that is armed now */
        enum order_state before_state;
};

/* What it owns; it is left as it is, with pointers that lead nowhere. */
void arming_free(struct arming *arming);

/*
 * Finds the folder of the jobs, lists and checks it; false when it could not be armed. Then
 * whether the results fit into the region.
 */
bool arming_check_jobs(struct arming *arming, struct failure *ret_error);

/* Where the store lies, if the order is to have it; whether it must, and whether the outputs fit.
 */
bool arming_find_store(struct arming *arming, struct failure *ret_error);

/* Makes the images of the trees that the jobs read, and says where in the store each is to be. */
bool arming_make_inputs(struct arming *arming, struct failure *ret_error);

/* Reads --hand-off; false: there is no such word. */
bool arming_read_hand_off(struct arming *arming, struct failure *ret_error);

/* How the stage will end: as was asked for, or else as forestage.conf says. */
enum hand_off arming_hand_off(const struct arming *arming);

/* Sets `image`: which folder of this host has the image that is on the ESP. */
void arming_find_image(struct arming *arming);
