/*
 * Which GPUs stand apart: from the others of their model, from what they were themselves, by a
 * version that hardly any other has. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dom0/fleet/robust.h"
#include "dom0/fleet/sample.h"
#include "dom0/fleet/versions.h"

#define APART_GPUS 8u  /* of a model, at least: fewer do not say what is usual */
#define APART_FAR  8.0 /* spreads; of a normal distribution one value in 10^15 is so far out */

enum apart_kind {
        APART_OTHERS,  /* from the GPUs of its model */
        APART_EARLIER, /* from its own earlier runs, more than others changed */
        APART_VERSION,
};

/* A value of a figure and the GPU whose latest run has it. */
struct apart_entry {
        uint32_t model, name, gpu;
        double value;    /* as it was measured */
        double usual;    /* APART_EARLIER: the median of its own earlier runs */
        double compared; /* APART_EARLIER: the change against its own median, as a share of it */
        double distance; /* in spreads; positive on the bad side, 0 on a good one */
};

/* A figure of the GPUs of a model. */
struct apart_group {
        uint32_t model, name;
        struct robust robust;
        size_t first, count; /* of `entries` */
        size_t far;          /* how many of them stand apart */
};

struct apart_list {
        struct apart_entry *entries;
        struct apart_group *groups;
        size_t entries_count, groups_count;
};

/* The worst of what is said of a GPU. */
struct apart_finding {
        uint32_t gpu;
        enum apart_kind kind;
        uint32_t name; /* of a figure, or an enum fleet_version */
        double value, usual, distance;
        size_t others; /* further ones of the same GPU */
};

struct apart {
        struct apart_list figures;      /* by model and name, each group by its values */
        struct apart_finding *findings; /* the farthest out first; a GPU has at most one */
        size_t count;
        struct versions versions;
        size_t unjudged; /* GPUs of models that have too few */
};

/* Of a fleet that is settled; apart_free releases it. */
struct apart apart_find(const struct fleet *fleet);
void apart_free(struct apart *apart);

/* The finding of a GPU, or NULL. */
const struct apart_finding *apart_of(const struct apart *apart, uint32_t gpu);
