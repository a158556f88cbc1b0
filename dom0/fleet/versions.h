/* Versions of drivers and firmware: which the GPUs of a model have, and who has another. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "dom0/fleet/sample.h"

/* How many GPUs of a model have this version in their latest run. */
struct versions_row {
        uint32_t model, value; /* of fleet->words; a value of LEXICON_NONE was not said */
        enum fleet_version version;
        size_t gpus, of; /* `of`: all GPUs of the model */
        uint32_t first;  /* one of them, of fleet->gpus */
};

struct versions {
        const struct fleet *fleet;
        struct versions_row *rows; /* by model, version, the most frequent value first */
        size_t count;
};

struct versions versions_of(const struct fleet *fleet);
void versions_free(struct versions *versions);

/*
 * In spreads, as for a figure that is 0 for those with the most frequent version and 1 for this
 * GPU's; 0: it has that, or so many others have its own too that they are no exception.
 */
double versions_distance(const struct versions *versions, uint32_t gpu, enum fleet_version version);

/* The most frequent value that GPUs of its model have; NULL: none. */
const struct versions_row *versions_usual(
        const struct versions *versions, uint32_t model, enum fleet_version version);
