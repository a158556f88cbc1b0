/* Which job runs on which device, in which order. Pure. */
#pragma once

#include "jobs/job.h"
#include "record/status.h"
#include "runner/record/device.h"

/* One job on one device: one RESULT in the end. */
struct entry {
        const struct job *job;
        const struct device *device; /* NULL: there is no such device, or the job cannot run */
        uint32_t point;              /* of the job's sweep; 0: it has none */
        int index;                   /* CUDA's; -1 when there is none to name */
        bool decided;                /* it does not run: `status` and `reason` are the result */
        enum status status;
        char *reason; /* or NULL */
};

struct plan {
        struct entry *entry;
        size_t count;
};

/*
 * Plans `jobs` jobs: job by job in the given order, and each on its devices in the order of its
 * Device= (all: in the machine's); of a sweep, point by point. Every one has at least one entry.
 * `chosen` (NULL: all) are the devices that may be used at all, as in Device=; a job that has none
 * of them is skipped. The plan borrows the jobs and the devices. False without memory.
 */
bool plan_make(const struct job *job, size_t jobs, const struct machine *machine,
        const struct words *chosen, struct plan *ret_plan);
void plan_clear(struct plan *plan);

/* The name of an entry's job: of a point NAME@POINT. */
void plan_job_name(const struct entry *entry, char ret_name[JOB_MAX_NAME + 1]);

/* The GPU that a word of Device= means, an index or a UUID; NULL: there is none. */
const struct device *plan_find_device(const struct machine *machine, const char *word);

/*
 * Whether the entry's GPU is compared with others of its model that the same job runs on: always of
 * a check; in a rehearsal, which says nothing about GPUs, when the job says how.
 */
bool plan_compares_peers(const struct entry *entry);

/* Whether its numbers are held against the limits that its units and its model have: never in a
 * rehearsal. */
bool plan_has_limits(const struct entry *entry);

/* The next entry behind `number` of the same job on a GPU of the same model; SIZE_MAX: none. For
 * the first one, `number` is SIZE_MAX and `of` any of them. */
size_t plan_next_peer(const struct plan *plan, size_t of, size_t number);

/* Bytes of the region that are kept for an entry's RESULT and events. */
uint64_t plan_room(const struct entry *entry);

/* The entry's last part of its record names: the index, or "none". */
void plan_device_name(const struct entry *entry, char ret_name[16]);
