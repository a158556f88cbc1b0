/* The plan at work: what the files of the lanes share. */
#pragma once

#include "runner/kernel/crew.h"
#include "runner/kernel/flight_run.h"
#include "runner/kernel/pace.h"
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
        json_t *end;        /* its event, while its RESULT is still to be written; or NULL */

        /* Of a flight: the slots of its entries, one behind the other in the lane. */
        struct slot *member[KERNEL_MOST_TOGETHER];
        size_t members; /* 0: it is an entry itself */
};

struct lane {
        const struct device *device; /* NULL: the entries that run nowhere, or --serial */
        size_t *number;              /* of its entries in the plan */
        size_t count, next;
        struct slot *running; /* or NULL */
        struct slot *done;    /* has ended, and its RESULT is still to be written; or NULL */
        struct slot *flight;  /* made of the entries from `next` on, which has not begun; or NULL */
        struct pace pace;
        size_t grounded;  /* that many entries have begun, or cannot be the first of a flight */
        size_t apart;     /* so many of the next run alone because they did not come to an end */
        char reason[160]; /* side by side, for this reason */
        struct slot
                *ahead[OPTIONS_MAX_AHEAD]; /* the entries from `next` on; filled from the start */
};

struct lanes {
        struct supervisor *run;
        struct attempt_place place;
        struct lane *lane;
        size_t count;
        struct crew *crew; /* the same */
        struct flight_modules modules;
        uint32_t *spent;        /* by the number of the entry: of its room, before it runs alone */
        bool *sick;             /* by the number of the device in the machine */
        bool *ended;            /* by the number of the entry */
        struct slot *waiting;   /* that have ended, and are to be compared with others */
        uint64_t waiting_bytes; /* kept for the RESULTs of the entries that have not begun */
};
