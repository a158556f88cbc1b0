/*
 * One entry of the plan being run: what the supervisor's sides of all kinds of job have in common.
 * Many attempts may be under way at a time; each is moved on by attempt_step.
 */
#pragma once

#include "runner/process/process.h"
#include "runner/record/journal.h"
#include "runner/record/outcome.h"
#include "runner/record/plan.h"

struct crew;   /* runner/kernel/crew.h */
struct inputs; /* runner/program/inputs.h */

/* What all attempts of a run share. */
struct attempt_place {
        int folder; /* the job folder */
        struct journal *journal;
        const struct inputs *inputs;   /* that programs read; NULL: none is looked for */
        const struct store_pen *store; /* for checkpoints; NULL: there is none */
        bool preload; /* programs get the library that forestage-run was started with */
        bool staged;  /* others may append meanwhile: outputs wait in memory of their own */
};

struct attempt {
        const struct entry *entry;
        const struct attempt_place *place;
        const struct kind *kind;
        struct outcome outcome; /* its timings and outputs are filled on the way */
        struct evidence evidence;
        struct process *process; /* NULL: none */
        struct crew *crew;    /* whose processes do one job after the other; NULL: it has its own */
        bool stays;           /* another job of the crew follows, for which the process is kept */
        bool left;            /* it is done, and its process waits for another job */
        double deadline;      /* clock_seconds */
        double part_deadline; /* of what it does now (attempt_limit_part); INFINITY: none */
        double part_limit_s;
        double next_look; /* at the limits */
        bool settled;     /* it has all that it needs of the GPU but time and its buffers' memory */
        double settled_s; /* since when (clock_seconds) */
        bool gave_up;     /* the child said why it cannot go on, and is about to end */
        bool again;       /* and that it may be because of the jobs that it has done before */
        uint64_t extra_bytes; /* of the region, kept for it beyond what every entry has */
        char doing[48];       /* what it says of its progress; "" */
        void *state;          /* of the kind (attempt_make_state); or NULL */
};

/*
 * The kinds of job and what the supervisor asks of each. The calls come in this order, and none of
 * them may wait: what a job does, it does in a process of its own (attempt_launch).
 */
struct kind {
        /* Starts the process before its time, if it can; NULL: never. */
        void (*ahead)(struct attempt *attempt);

        /*
         * Prepares the attempt and launches its first process. When it launches none, the attempt
         * is over: attempt_error has said why.
         */
        void (*begin)(struct attempt *attempt);

        /* Takes a message that is not of those that attempt.c handles for all kinds; NULL: none. */
        void (*take)(struct attempt *attempt, const char *type, const json_t *message);

        /* Bytes of memory that the job's files take while it runs; NULL: none. */
        uint64_t (*folder_bytes)(struct attempt *attempt);

        /*
         * A process ended, nothing of it is left, and `evidence` say how it did; or it is done with
         * this job, and waits (`left`). When this launches no further one, the attempt is over.
         */
        void (*ended)(struct attempt *attempt);

        /*
         * All attempts of a job on GPUs of one model have ended, none of them alone: what each
         * comes to beside the others is added to its evidence. NULL: they have nothing to do with
         * each other, and the RESULT of each is written when it ends.
         */
        void (*compare)(struct attempt **attempts, size_t count);

        /* Frees what `state` owns, if there is one; also when `begin` launched nothing. */
        void (*clear)(struct attempt *attempt);
};

extern const struct kind kind_kernel;
extern const struct kind kind_program;
extern const struct kind kind_check;

void attempt_init(struct attempt *attempt, const struct kind *kind, const struct entry *entry,
        const struct attempt_place *place);

/* Starts its process before its time, if its kind can. Whatever comes of it, attempt_begin works.
 */
void attempt_ahead(struct attempt *attempt);

/* Starts the clock and the job. */
void attempt_begin(struct attempt *attempt);

/* Goes on with it, without waiting; to be called after every process_wait. True when it is over. */
bool attempt_step(struct attempt *attempt);

/* When attempt_step is to be called at the latest (clock_seconds). */
double attempt_next_time(const struct attempt *attempt);

/* Once it is over: decides, and stops the clock. */
void attempt_finish(struct attempt *attempt);

/* Decides again, when something was added to the evidence. */
void attempt_decide(struct attempt *attempt);

/* Frees everything; what attempt_ahead started is killed first. */
void attempt_clear(struct attempt *attempt);

/* --- for the kinds --- */

/* Keeps the first reason why the job is in error. */
#define attempt_error(attempt, ...) why_first((attempt)->evidence.error, __VA_ARGS__)

/* The same for something that does not fit into the region. */
void attempt_full(struct attempt *attempt, const char *what, uint64_t bytes);

/* What came of keeping a file of so many bytes in the region: true when it is there. */
bool attempt_kept(
        struct attempt *attempt, const char *file, uint64_t bytes, enum region_error error);

/*
 * A file that goes to the store (journal_stores), in three steps: attempt_store, then shelf_add for
 * all of its bytes, and attempt_stored, which keeps where it is and says its SHA-256. False: no
 * such file is kept, and attempt_error has said why.
 */
bool attempt_store(struct attempt *attempt, const char *file, const char *path, uint64_t bytes);
bool attempt_stored(struct attempt *attempt, const char *file, const char *path, uint64_t bytes,
        uint8_t ret_sha256[SHA256_SIZE]);

/* Whether so many bytes of records have room in the store; else attempt_error. */
bool attempt_store_fits(struct attempt *attempt, const char *what, uint64_t bytes);

/* `state`, of so many bytes, zeroed unless it is there already. NULL: attempt_error. */
void *attempt_make_state(struct attempt *attempt, size_t bytes);

/* "jobs/JOB/DEVICE/FILE"; false when it is too long for a record's name. */
bool attempt_path(
        const struct attempt *attempt, const char *file, char ret_path[REGION_MAX_NAME + 1]);

/* Starts a process that runs `main`, with a copy of `context` as it is now. False: attempt_error.
 */
bool attempt_launch(struct attempt *attempt, process_main *main, void *context);

/*
 * What it does from now on has so many seconds, and not until its deadline: when they are over, its
 * process is killed (`hung_s` of the evidence). INFINITY: it has.
 */
void attempt_limit_part(struct attempt *attempt, double seconds);

/* Ends and forgets its process. */
void attempt_drop(struct attempt *attempt);

/* Forgets what the process that just ended said, for another one that starts from the beginning. */
void attempt_restart(struct attempt *attempt);

/* Keeps room in the region for `bytes` more of it (or gives it back); false when there is none. */
bool attempt_hold(struct attempt *attempt, int64_t bytes);

/* Puts what was captured into the journal. */
void attempt_keep_streams(struct attempt *attempt);
