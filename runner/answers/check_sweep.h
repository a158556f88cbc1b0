/*
 * What the sweeps of a memory test expect where, by the CPU: the kernels compute it themselves, and
 * a multiprocessor that does so wrongly takes good memory for bad. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "kernels/check/report.h"

/* A launch that checks a pattern (kernels/check/pattern.h) in part of the memory. */
struct check_sweep {
        const char *pattern; /* its name, which stays */
        uint64_t a, k, flip;
        uint64_t base, bytes;
};

/* All sweeps of a test, in order; check_error.sweep is the place of one. */
struct check_sweeps {
        struct check_sweep *sweep;
        uint32_t count;
};

/* False: out of memory. */
bool check_sweeps_add(struct check_sweeps *sweeps, const struct check_sweep *sweep);
void check_sweeps_clear(struct check_sweeps *sweeps);

/* What the word at `where` has to hold; false if the sweep has no such word. */
bool check_sweep_word(const struct check_sweep *sweep, uint64_t where, uint64_t *ret_word);

/*
 * Whether this error is one of the multiprocessor that found it: it expected something else than
 * the CPU does, or nothing differs, or there is no such word. `ret_expected` is the CPU's answer,
 * where there is one; else what the error says.
 */
bool check_is_arithmetic(
        const struct check_sweeps *sweeps, const struct check_error *error, uint64_t *ret_expected);
