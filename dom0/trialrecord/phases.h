/*
 * How far a trial came: the file `phases` of its folder. Each line is "SECONDS PHASE [text]", by
 * the clock of the host, written and synced as the phase begins; so the last whole line says where
 * a machine was when it was reset or lost its power.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dom0/base/failure.h"

/* In their order. */
enum trial_phase {
        TRIAL_NONE,
        TRIAL_ARMED,
        TRIAL_BEGIN,
        TRIAL_DRIVER,
        TRIAL_LADDER,
        TRIAL_JOBS,
        TRIAL_UNLOAD,
        TRIAL_COLLECT,
        TRIAL_COMPARE,
        TRIAL_END,
        TRIAL_PHASES,
};

const char *trial_phase_name(enum trial_phase phase); /* "begin"; "none" */

/* Where a trial is behind the line of that phase, as the rest of a sentence: "while …". */
const char *trial_phase_text(enum trial_phase phase);

struct trial_phases {
        struct {
                bool noted;
                long long at;  /* seconds since the epoch */
                char text[96]; /* "" none */
        } of[TRIAL_PHASES];
        enum trial_phase last; /* noted last */
        bool torn;             /* something at its end is no line: of a power cut */
};

/* Pure. Bytes that are no whole line end it, and so does a line that is none. */
void trial_phases_parse(const char *text, size_t length, struct trial_phases *ret_phases);

/* Of the trial folder; one that cannot be read has none. */
void trial_phases_read(const char *folder, struct trial_phases *ret_phases);

/* Adds a line, on disk when this returns. `text` may be NULL. */
bool trial_phases_note(
        const char *folder, enum trial_phase phase, const char *text, struct failure *ret_error);
