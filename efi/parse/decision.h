/* Run or fall through: what is decided from the files and the firmware variable. Plain C11. */
#pragma once

#include <stdbool.h>

/* How far a file could be read. */
enum file_state {
        FILE_ABSENT,
        FILE_UNREADABLE, /* there, but the firmware did not read it */
        FILE_WRONG,      /* read, but not what it should be */
        FILE_GOOD,
};

/* What the firmware variable says about runs before. */
enum last_run {
        LAST_RUN_NONE,       /* no variable, or none that can be a run id */
        LAST_RUN_SAME,       /* the order's run */
        LAST_RUN_OTHER,      /* another run */
        LAST_RUN_UNREADABLE, /* the firmware would not say */
};

/* Whether the count of an order that repeats is known. */
enum repeat_state {
        REPEAT_FRESH,      /* the firmware has no count, or that of another order */
        REPEAT_COUNTED,    /* it has this order's */
        REPEAT_UNREADABLE, /* it would not say */
};

struct facts {
        enum file_state conf; /* FILE_ABSENT is fine: defaults */
        enum file_state order;
        bool locked;              /* Secure Boot is on, and forestage.conf does not allow a run */
        bool every_boot;          /* the order asks for a run at every boot */
        enum last_run last_run;   /* of an order that runs once */
        enum repeat_state repeat; /* of one that repeats */
        unsigned strikes;         /* of one that repeats: runs in a row without a hand-off */
};

enum decision {
        DECISION_RUN,
        DECISION_CONF,     /* forestage.conf cannot be used */
        DECISION_NO_ORDER, /* nothing is armed: the normal case */
        DECISION_ORDER,    /* the order cannot be read or is wrong */
        DECISION_LOCKED,   /* Secure Boot: the stage's kernel would lock itself down */
        DECISION_VARIABLE, /* nobody can tell whether the order was used, or how often */
        DECISION_USED,     /* the order was used before: dead */
        DECISION_STRIKES,  /* its last runs did not reach the hand-off: dead */
};

/* Which one it is; the first that applies, in the order of the enumeration after RUN. */
enum decision decide(const struct facts *facts);
