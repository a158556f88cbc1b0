/*
 * The ladder climbed: each step in a process under a deadline, killed whole when it hangs. What
 * crashes, hangs or is refused is that step's outcome, and those that do not need it go on.
 */
#pragma once

#include "lib/words.h"
#include "runner/ladder/rungs.h"

struct climb_options {
        const char *file;            /* of the document */
        const struct words *devices; /* as in Device=; NULL: every GPU */
        const char *kernel_log;      /* where the module's messages are read */
        double step_seconds;         /* the most that a step may take; 0: as ladder_rows says */
};

/* Whoever watches; each is told of the rung `number` (from 0). */
struct climb_watcher {
        void (*begins)(const struct rungs *rungs, size_t number);
        void (*ended)(const struct rungs *rungs, size_t number);
};

/*
 * Climbs and writes the document, before and after each step. Needs process_setup. False when the
 * document cannot be written, be it before the first step or on the way: `why` (WHY_SIZE bytes)
 * says so. The caller clears `ret_rungs` in any case.
 */
bool climb(const struct climb_options *options, const struct climb_watcher *watcher,
        struct rungs *ret_rungs, char *why);
