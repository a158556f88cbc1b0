/*
 * Child processes of the supervisor with everything that is needed to be sure of them: each has a
 * session and process group of its own, its output captured, its messages read, and an end that
 * leaves nothing of it or of its descendants behind. There may be many at a time, and nothing here
 * waits for one of them alone: process_wait waits for all, and the other calls say what came.
 *
 * A child is the subreaper of its own descendants, so that those belong to it while it lives. What
 * outlives it becomes a child of the supervisor, which knows every process that it started: any
 * other child is such a stray, and is killed.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "runner/process/report.h"

struct capture {
        int fd; /* -1: closed */
        char *data;
        size_t length;
        uint64_t dropped; /* bytes behind the limit, read and thrown away */
};

struct process {
        struct process *next; /* of all that are not gone */
        pid_t pid;
        int report;               /* its messages; -1: it closed them */
        int order;                /* what it is told */
        struct capture output[2]; /* stdout, stderr */
        size_t keep_bytes;        /* of each of them */
        char line[REPORT_MAX_LINE];
        size_t line_length;
        bool exited;
        int wait_status;      /* when exited */
        bool ending;          /* process_kill was called */
        double kill_deadline; /* clock_seconds */
        bool stuck;           /* it could not be killed: it hangs in the kernel */
        bool gone;            /* nothing of it is left, or all of it is stuck */
        bool discarded;       /* nobody has a use for it: it is freed once it is gone */
        bool unheard;         /* nobody asks for its messages now: they do not end a wait */
        void *board;          /* memory that both have: report_board */
        json_t *aside;        /* a list: messages that were put aside; or NULL */
        unsigned number;      /* its owner's own */
};

/* What a child does; the result is its exit status. It has `report` and `order` to talk. */
typedef int process_main(void *context, int report, int order);

/*
 * Once, before the first process. 0 or a negative errno. From then on nobody who stops reading what
 * the supervisor prints ends it. Children start with no signal blocked, and with each of them
 * ignored or not as it was when the program was started; but SIGCHLD, which is never ignored.
 */
int process_setup(void);

/* A descriptor that no child has: each closes it first. For two of them at most. */
void process_hide(int fd);

/* The signal that told the supervisor to end, or 0. */
int process_stop_signal(void);

/* Whether the terminal's size has changed since this was asked for the last time. */
bool process_take_resize(void);

/*
 * Starts a child that runs `main`, for process_free. At most `keep_bytes` of each of its output
 * streams are kept. 0 or a negative errno.
 */
int process_start(
        process_main *main, void *context, size_t keep_bytes, struct process **ret_process);

/*
 * Waits until anything happens to any process, or until `deadline` (clock_seconds); reads output
 * and signals, notes who ended.
 */
void process_wait(double deadline);

/* The next message that has come, or NULL; it belongs to the caller. Does not wait. */
json_t *process_message(struct process *process);

/* The same without those that were put aside, which process_message gives out once more. */
json_t *process_new_message(struct process *process);
void process_put_aside(struct process *process, json_t *message);

/* At most so many bytes of each stream are kept from now on, those that have come counted. */
void process_keep(struct process *process, size_t keep_bytes);

/* Reads what the child has printed up to now. */
void process_drain(struct process *process);

/* Forgets what it has printed, for another use of it. */
void process_forget_output(struct process *process);

/* Tells the child something; false when it no longer listens. */
bool process_order(struct process *process, const void *order, size_t length);

/* Begins to end the child and all its descendants. */
void process_kill(struct process *process);

/*
 * Goes on with that. True when nothing is left, or what is left does not even react to SIGKILL
 * (`stuck`); its last output has been read then. To be called after every process_wait.
 */
bool process_is_gone(struct process *process);

/* Kills it, if it is there still, and waits until it is gone. */
void process_end(struct process *process);

/* The same, and frees it with what was captured. NULL is none. */
void process_free(struct process *process);

/* The same, while others go on: process_wait frees it when it is gone. NULL is none. */
void process_discard(struct process *process);

/* Waits until all of those are gone. */
void process_end_discarded(void);
