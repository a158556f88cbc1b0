/*
 * A run as its region tells it: every good record read, checked against docs/records.md and against
 * the others. Pure: reads a private copy of a region, touches no file. The region is untrusted;
 * whatever is wrong in it becomes a problem of the run, never an error of reading it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "dom0/base/problems.h"
#include "dom0/run/phases.h"
#include "dom0/run/verdict.h"
#include "lib/sha256.h"
#include "lib/uuid.h"
#include "record/schema.h"
#include "region/region.h"
#include "store/shelf.h"

/* A FILE record whose name may be written; or a STORED one, whose bytes are in the host's store. */
struct run_file {
        char *path;       /* owned */
        const void *data; /* in the region; NULL: in the store, where `place` says */
        struct shelf_place place;
        char *problem; /* why it cannot be had from there; owned; NULL: it can */
        int copy;      /* of it, as it was proven: a file without a name, owned; -1: none */
        uint64_t length;
        uint8_t sha256[SHA256_SIZE];
};

/* What reads the files of a run that are in a store. */
struct run_store {
        /*
         * Whether the file of run `run_id` is there, with all its bytes and its SHA-256, and writes
         * it to `fd` (-1: nowhere). When false, `why` (WHY_SIZE bytes) says what is wrong.
         */
        bool (*read)(void *context, const uint8_t run_id[16], const struct run_file *file, int fd,
                char *why);
        /*
         * An empty file without a name (beneath_create_nameless) where the run will be written, for
         * a copy of what is read, so that it is read once only; -1: there is to be none. `all` is
         * bytes of all such files, for which there must be room. NULL: never.
         */
        int (*make_copy)(void *context, uint64_t all);
        void *context;
};

/* One RESULT record; with two of a name, none can be trusted. */
struct run_result {
        json_t *object; /* checked; keys of the wrong type are gone */
        size_t count;
        bool good;    /* every key it must have is there and right */
        bool planned; /* some job of the plan has taken it */
};

struct run {
        const void *base; /* borrowed from the caller */
        size_t size;
        enum region_error inspect;   /* of the headers */
        struct region_report report; /* when `inspect` is REGION_OK */
        struct region_cursor start;  /* at the first record, if there is any to salvage */
        uint64_t good_records;
        uint64_t good_bytes;

        bool has_id;
        char id[UUID_LENGTH + 1];

        json_t *where;   /* of run.where; NULL when there is none */
        json_t *devices; /* arrays, never NULL from here on */
        json_t *plan;
        json_t *jobs;      /* one object for each entry of the plan */
        json_t *unplanned; /* RESULTs of no planned job */
        json_t *refused;   /* FILEs that may not be written: {"name", "reason"} */
        json_t *summary;   /* the RUN record; NULL when there is none */
        json_t *efi;       /* the efi.start event, or NULL */
        bool rehearsal;    /* anything says that no GPU was involved */

        struct run_result *results;
        size_t results_count;
        struct run_file *files;
        size_t files_count;
        size_t folders_count; /* that the files are in */
        size_t events;
        struct phases phases;
        struct verdict_facts facts;
        enum verdict verdict;
        struct problems problems; /* why it is no pass; empty when it is one */
        struct problems warnings; /* what went wrong without changing the verdict */
};

/* Something that a sound run has not: a problem, and no pass any more. */
#define contradict(run, ...) ((run)->facts.contradictions++, problem(&(run)->problems, __VA_ARGS__))

/* Releases what run_read (dom0/proof/read.h) has made. */
void run_free(struct run *run);

/* What is wrong with the region itself, in English; NULL when nothing is. */
const char *run_region_error(const struct run *run);

/*
 * Gives every good EVENT to `take`, in order, as a JSON object that lives for the call. Stops when
 * `take` returns false, and returns false then.
 */
bool run_each_event(const struct run *run, bool (*take)(const json_t *event, void *arg), void *arg);

/* The JSON object in a record, or NULL: over a limit, not JSON, not an object. Release it. */
json_t *run_record_json(const struct region_record *record);
