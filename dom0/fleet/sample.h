/*
 * What a fleet's runs say of its GPUs, kept small: of each GPU in each run its status and its
 * figures, and no more of run.json. Pure; every run.json is untrusted.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "dom0/fleet/lexicon.h"

#define FLEET_FIGURES 4096u  /* of a GPU in a run; what is over it is counted and left out */
#define FLEET_NAMES   65536u /* of figures in all; the same */

/* A GPU has passed only when its run has: a pass is never made up of parts. */
enum fleet_status {
        FLEET_PASS,
        FLEET_FAIL,       /* a job on it did not pass */
        FLEET_UNDECIDED,  /* its own jobs passed, but the run did not */
        FLEET_INCOMPLETE, /* the run is damaged, cut, or empty */
        FLEET_UNTRIED,    /* no job ran on it */
        FLEET_REHEARSAL,  /* no GPU was involved */
        FLEET_STATUSES,
};
extern const char *const fleet_status_names[FLEET_STATUSES];

/* What should be the same on all GPUs of a model. */
enum fleet_version {
        FLEET_DRIVER,
        FLEET_FIRMWARE,
        FLEET_VBIOS,
        FLEET_KERNEL,
        FLEET_VERSIONS,
};
extern const char *const fleet_version_names[FLEET_VERSIONS];

struct fleet_figure {
        double value;
        uint32_t name; /* of fleet->names */
};

/* One GPU in one run. */
struct fleet_sample {
        uint32_t gpu, run; /* of fleet->gpus, fleet->runs */
        enum fleet_status status;
        long long device;
        uint32_t versions[FLEET_VERSIONS]; /* of fleet->words; LEXICON_NONE: not said */
        char *reason;                      /* why it did not pass, if something says it; owned */
        struct fleet_figure *figures;      /* owned */
        size_t count;
};

struct fleet_run {
        char *path, *id; /* owned */
        char time[24];   /* collected, ISO 8601; "": not said */
        uint32_t host;   /* of fleet->words */
        bool replaced;   /* the same run was collected again later: this one does not count */
};

struct fleet_gpu {
        uint32_t uuid, model;  /* of fleet->words */
        size_t first, samples; /* of fleet->samples, the latest last */
        bool none;             /* a run that saw no GPU */
};

struct fleet_skipped {
        char *path, *why; /* owned */
};

struct fleet {
        struct lexicon words; /* models, UUIDs, hosts, versions */
        struct lexicon names; /* of figures: "JOB FIGURE" */
        struct lexicon gpu_numbers, ids;
        uint32_t *run_of_id;
        struct fleet_run *runs;
        struct fleet_gpu *gpus;
        struct fleet_sample *samples; /* sorted by fleet_settle */
        uint32_t *order;              /* of all GPUs: by host and place; of fleet_settle */
        struct fleet_skipped *skipped;
        size_t runs_count, gpus_count, samples_count, skipped_count;
        uint64_t left_out; /* figures over one of the limits */
};

/*
 * Adds what `document`, the run.json of the folder `path`, says. A run that saw no GPU counts as
 * one GPU of its host that is not there, until that host has another run.
 */
void fleet_add(struct fleet *fleet, const char *path, const json_t *document);

/* Adds a folder that is left out, and why. */
void fleet_skip(struct fleet *fleet, const char *path, const char *why);

/* Puts each GPU's samples behind one another by time, and GPUs in order; to be called once, after
 * the last one. */
void fleet_settle(struct fleet *fleet);
void fleet_free(struct fleet *fleet);

/* The latest sample of a GPU. */
const struct fleet_sample *fleet_latest(const struct fleet *fleet, const struct fleet_gpu *gpu);

/* How many GPUs have this status in their latest run. `model`: of these alone; LEXICON_NONE: of
 * all.
 */
size_t fleet_count(const struct fleet *fleet, uint32_t model, enum fleet_status status);
