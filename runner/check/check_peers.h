/*
 * Comparing the GPUs of one model that a job has checked with each other. Pure.
 *
 * What a GPU's own parts decide must be within so many percent of the best GPU's; copies with the
 * host and with other GPUs, in which the GPU's place in the machine and what the others do just
 * then have a part, within five times as many; all have as many NVLinks of the same speed, and the
 * same hashes of what they compute.
 * Copies in both directions at once and latencies are not compared: they differ more between good
 * GPUs than a tolerance could tell (docs/validation.md).
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct check_peer {
        unsigned index;      /* CUDA's */
        const json_t *tests; /* its results; NULL: it has none */
};

/*
 * What `own` of the `count` peers, in the order of their indices, comes to: a list of {"metric",
 * "best", "device", "found", "status"}, one for each number that any of them has; `device` has the
 * best one, the first of several. Of a hash ("agreement.fma-fp32") the best is what most have, and
 * it passes if more than half have it: of two that differ both fail. A test of `own` that says it
 * is over, and has no number that another has, has no "found" and fails. `ret_failed` counts what
 * fails.
 */
json_t *check_peers_compare(const struct check_peer *peer, size_t count, size_t own, double percent,
        size_t *ret_failed);
