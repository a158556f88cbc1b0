/*
 * What the GPUs of a machine do at the same time: each measures itself, or they copy between each
 * other, never both. A copy between two takes memory bandwidth and a context on the other one: a
 * GPU that measures itself meanwhile looks slow.
 *
 * And copies with the host, whose memory and bridges they share, are measured one GPU after the
 * other: what is held against a limit is the link's own speed.
 *
 * The processes share a file without a name, and each holds a lock on the byte of the phase that
 * it is in (fcntl(2), F_SETLK): however a process ends, its lock is gone. Linux only.
 */
#pragma once

#include <stdbool.h>

enum check_phase {
        CHECK_PHASE_OWN,     /* measures its own GPU */
        CHECK_PHASE_BETWEEN, /* copies between it and others */
        CHECK_PHASES,
};

/* How long a check waits for the others: one that hangs must not hold up all. */
#define CHECK_PHASE_WAIT_S 20.0

/* The file, made once by the process that starts the others; -1: none, and all do as they like. */
int check_phase_file(void);

/* Called now and then by one that waits. */
typedef void check_phase_tick(void *context);

/*
 * Leaves the phase that this process is in, if any, and enters this one once nobody is in the
 * other. Who copies goes first: those that want to measure wait. `tick` may be NULL. False after
 * `limit_s` seconds: the phase is entered all the same.
 */
bool check_phase_enter(
        int file, enum check_phase phase, double limit_s, check_phase_tick *tick, void *context);

/* Waits for its turn to copy with the host, likewise; and ends it. */
bool check_phase_begin_host(int file, double limit_s, check_phase_tick *tick, void *context);
void check_phase_end_host(int file);
