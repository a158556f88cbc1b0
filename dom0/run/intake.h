/*
 * A region on its way into a run (dom0/proof/read.h), for those that take its records: event.h,
 * result.h, file.h.
 */
#pragma once

#include "dom0/run/bounds.h"
#include "dom0/run/run.h"
#include "dom0/run/seen.h"

/* A job and device as RESULT records and folders name it: "JOB/DEVICE". */
#define JOB_KEY_SIZE 288u

/* A region on its way into a run, record by record. */
struct intake {
        struct run *run;
        struct bounds bounds;   /* on what the region may ask for */
        struct jsoncost cost;   /* of the record that is read */
        json_t *result_index;   /* key to its number in run->results */
        json_t *device_index;   /* index as text to the device of run.devices */
        json_t *file_index;     /* path to its number in run->files */
        json_t *job_files;      /* key to the array of its paths */
        json_t *taken;          /* for path_claim */
        json_t *planned;        /* key of the plan to its place there */
        enum runner_end runner; /* as the first runner.end event has it */
        long long runner_code;
        struct proof proof;
};

/* Whether a record with JSON may be read at all; what it costs is kept for intake_may_keep. */
bool intake_weigh(struct intake *intake, const struct region_record *record);

/* Whether the JSON of the record that is read may be kept: whoever does asks once. */
bool intake_may_keep(struct intake *intake, const struct region_record *record);

/* How the runner ended, from {"exit_code"} or {"signal"}. */
enum runner_end intake_runner_end(const json_t *object, long long *ret_code);

/*
 * "JOB/DEVICE" of an object's `job` and `device`. NULL and the key, or what is wrong with them:
 * a job's name is one part of a path, a device a number from 0 on or null ("none").
 */
const char *intake_job_key(const json_t *object, char ret_key[JOB_KEY_SIZE]);
