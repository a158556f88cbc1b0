/*
 * What was seen on the way in, record by record: how often, in which order, and of which job. The
 * proof of a pass (dom0/proof/) goes through it afterwards. trace.h fills it in.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "record/schema.h"

#define PROOF_TEXT 768u

/* What was seen of one job on one device, besides its RESULT. */
struct trace {
        size_t starts, ends; /* how many job.start and job.end events; of starts, those that
                              * a job.apart took back do not count */
        size_t aparts;       /* how many of those */
        bool question;       /* what it did beside others has to come again when it is alone */
        long long beside;    /* as job.start has it: others that run side by side with it */
        size_t start, end, result; /* numbers of their records; 0: none */
        double start_s, end_s;     /* of the events; negative: they do not say */
        double wall_s;             /* as job.end has it; negative: it does not say */
        char status[16];           /* as job.end has it */
        size_t first_file;         /* number of the first FILE, and of the last; 0: none */
        size_t last_file;
};

struct proof {
        size_t number;       /* of the record being read, from 1 */
        json_t *seen;        /* name of an event that can come too often: how many there were */
        size_t names;        /* of families in `seen`: there is a limit */
        json_t *running;     /* device, as text, to those that were started there: of the key of
                              * each, with how many others it runs side by side */
        json_t *latest;      /* device to the place in the plan of the last one started there */
        json_t *gpus;        /* "pci" of driver.gpu */
        json_t *trace_index; /* key to its number in `trace`; those of the plan alone */
        struct trace *trace; /* owned */
        size_t traces;
        bool of_this_boot;              /* the run that this boot's kernel command line names */
        bool says_version;              /* run.plan has "records" */
        long long version;              /* what it says; 1 without it */
        bool linux_began;               /* an event with Linux's clock was there */
        double last_s;                  /* of that clock, or negative */
        long long last_tsc;             /* of forestage.efi's last event */
        const struct record_event *row; /* of the event that is the furthest in the table */
        size_t seal;                    /* number of the record stage.seal */
        /* Each the first of its kind; "": there is none. */
        char first_of[RECORD_WRITERS][PROOF_TEXT]; /* event of each writer */
        char lack[PROOF_TEXT];                     /* a key that is missing from version 2 */
        char disorder[PROOF_TEXT];                 /* events that no run has like that */
        char late[PROOF_TEXT];                     /* nor has one of version 2 */
        char stray[PROOF_TEXT];                    /* a job that is not planned */
        char trouble[PROOF_TEXT];                  /* "EVENT: ERROR" of the stage */
        char failed[PROOF_TEXT];                   /* an event whose error leaves no pass */
};
