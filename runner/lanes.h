/* The plan at work: what the files of the lanes share. */
#pragma once

#include "runner/kernel/crew.h"
#include "runner/process/attempt.h"
#include "runner/supervisor.h"

/* An entry that has been given to its kind. */
struct slot {
        struct attempt attempt;
        struct entry entry; /* as in the plan, */
        struct job point;   /* but for a point of a sweep, which is a job as long as it runs */
        size_t number;      /* of the entry in the plan */
        uint64_t own_bytes; /* of the region, kept for its RESULT */
        double next_sign;   /* of life */
        struct slot *next;  /* that waits */
};

struct lane {
        const struct device *device; /* NULL: the entries that run nowhere, or --serial */
        size_t *number;              /* of its entries in the plan */
        size_t count, next;
        struct slot *running; /* or NULL */
        struct slot *done;    /* has ended, and its RESULT is still to be written; or NULL */
        json_t *done_event;   /* that it has, for the journal */
        struct slot
                *ahead[OPTIONS_MAX_AHEAD]; /* the entries from `next` on; filled from the start */
};

struct lanes {
        struct supervisor *run;
        struct attempt_place place;
        struct lane *lane;
        size_t count;
        struct crew *crew;      /* the same */
        bool *sick;             /* by the number of the device in the machine */
        bool *ended;            /* by the number of the entry */
        struct slot *waiting;   /* that have ended, and are to be compared with others */
        uint64_t waiting_bytes; /* kept for the RESULTs of the entries that have not begun */
};
