/* How long each phase of a run took, from the time stamps of its events. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * When an event happened: by the time-stamp counter, which runs from the EFI application to the
 * seal, and by CLOCK_MONOTONIC, which only Linux has. Either may be missing.
 */
struct moment {
        bool has_tsc;
        bool has_monotonic;
        uint64_t tsc;
        double monotonic_s;
};

enum phases_point {
        POINT_FIRST, /* the first event of all */
        POINT_LAST,
        POINT_EFI_ENTRY,
        POINT_EFI_START,
        POINT_STAGE_INIT,
        POINT_RUNNER_START,
        POINT_RUNNER_END,
        POINT_COUNT,
};

struct phases {
        struct moment points[POINT_COUNT];
        struct moment early; /* the first and the last event that have both clocks */
        struct moment late;
};

#define PHASES_MAX 5u

struct phase {
        const char *name; /* a key of run.json: "efi_s" */
        double seconds;
};

/* Takes the next event of the log; zero-initialise `phases` before the first. */
void phases_note(
        struct phases *phases, const char *event, size_t length, const struct moment *moment);

/* The phases whose two ends are there, in order; returns how many. */
size_t phases_compute(const struct phases *phases, struct phase ret_phases[PHASES_MAX]);
