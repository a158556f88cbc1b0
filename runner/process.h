/*
 * A child process of the supervisor with everything that is needed to be sure of it: a session and
 * process group of its own, its output captured, its messages read, a deadline, and an end that
 * leaves nothing of it or of its descendants behind. One at a time.
 */
#ifndef FORESTAGE_RUNNER_PROCESS_H
#define FORESTAGE_RUNNER_PROCESS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "runner/report.h"

#define PROCESS_MAX_CAPTURE (1024u * 1024) /* bytes kept of stdout, and of stderr */

struct capture {
        int fd; /* -1: closed */
        char *data;
        size_t length;
        uint64_t dropped; /* bytes behind the limit, read and thrown away */
};

struct process {
        pid_t pid;
        int report;               /* its messages; -1: it closed them */
        int order;                /* what it is told */
        struct capture output[2]; /* stdout, stderr */
        char line[REPORT_MAX_LINE];
        size_t line_length;
        bool exited;
        int wait_status; /* when exited */
        bool stuck;      /* it could not be killed: it hangs in the kernel */
};

/* What a child does; the result is its exit status. It has `report` and `order` to talk. */
typedef int process_main(void *context, int report, int order);

enum process_event {
        PROCESS_MESSAGE, /* a message came */
        PROCESS_EXITED,  /* it ended, and all its messages have been read */
        PROCESS_LATE,    /* the deadline is over */
        PROCESS_STOP,    /* the supervisor itself was told to end */
};

/* Once, before the first process. 0 or a negative errno. */
int process_setup(void);

/* The signal that told the supervisor to end, or 0. */
int process_stop_signal(void);

/* Starts a child that runs `main`. 0 or a negative errno. */
int process_start(struct process *process, process_main *main, void *context);

/*
 * Waits for the next event until `deadline` (clock_seconds). With PROCESS_MESSAGE, `*ret_message`
 * belongs to the caller. Output is captured meanwhile.
 */
enum process_event process_next(struct process *process, double deadline, json_t **ret_message);

/* Tells the child something; false when it no longer listens. */
bool process_order(struct process *process, const void *order, size_t length);

/* Kills what is left of the child and of its descendants, reaps them, and reads their last output.
 */
void process_end(struct process *process);

/* Frees what was captured, after process_end. */
void process_clear(struct process *process);

#endif
