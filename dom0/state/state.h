/*
 * Where this host stands with its runs: decided from what is on the ESP, in the firmware's
 * variables, in this boot's command line and among the collected runs. Pure.
 */
#pragma once

#include <stdbool.h>

#include "lib/uuid.h"

#define STATE_ID (UUID_LENGTH + 1)

struct state_facts {
        bool installed;       /* forestage.efi is on the ESP */
        bool esp_is_missing;  /* it was installed, and the ESP is not mounted now */
        bool has_boot;        /* this boot's command line names a run */
        char boot[STATE_ID];  /* that run */
        bool boot_collected;  /* its folder is there */
        bool has_order;       /* an order that can be read is on the ESP */
        char order[STATE_ID]; /* its id */
        bool order_repeats;
        bool has_armed; /* /var/lib/forestage knows what was armed last */
        char armed[STATE_ID];
        bool armed_repeats;
        bool armed_collected; /* a run with that id was collected */
        bool has_variables; /* the firmware's variables can be read; else the next four are empty */
        char last_run[STATE_ID];
        bool last_collected;
        char phase_run[STATE_ID];
        char phase[40];
};

enum state_kind {
        STATE_NOT_INSTALLED,
        STATE_IDLE,
        STATE_ARMED,
        STATE_LOST,
        STATE_WAITING,   /* results are in memory */
        STATE_COLLECTED, /* and nothing newer is armed or lost */
        STATE_UNKNOWN,
        STATE_CHANGING, /* a verb is at work; never decided from facts */
};

struct state {
        enum state_kind kind;
        char run[STATE_ID];  /* the run or order it is about; "" none */
        char lost[STATE_ID]; /* a run that was started and has left no results; "" none */
        const char *phase;   /* of the lost one, as a word; NULL: none is lost */
        bool never_started;  /* the order is gone, but the firmware has not started it */
        bool spent;          /* the order on the ESP was used and could not be removed */
};

struct state state_decide(const struct state_facts *facts);

const char *state_name(enum state_kind kind); /* a word of status --json */
const char *state_text(enum state_kind kind); /* for people */

/* Where a run of that phase was, as the rest of a sentence: "while the jobs ran". */
const char *state_phase_text(const char *phase);
