/* The command line of forestage-run. Pure; docs/man/forestage-run.1 is the reference. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/fabric.h"
#include "lib/words.h"
#include "region/bootline.h"

#define OPTIONS_REGION_SIZE (UINT64_C(64) << 20)

#define OPTIONS_MAX_AHEAD 8u /* processes started before their time */
#define OPTIONS_AHEAD     2

#define OPTIONS_MAX_CONCURRENCY 32u /* jobs of a GPU side by side */

#define OPTIONS_STORE_ABOVE (UINT64_C(1) << 20)
#define OPTIONS_STORE_LEAST (UINT64_C(64) << 10)

enum options_action { ACTION_RUN, ACTION_LIST, ACTION_LADDER, ACTION_HELP, ACTION_VERSION };

struct options {
        enum options_action action;
        const char *jobs;   /* the folder */
        const char *region; /* as given */
        bool in_memory;     /* the region is at these physical addresses */
        struct memory_range memory;
        uint64_t region_size; /* of a file that is made */
        bool keep_open;
        bool has_run_id;
        uint8_t run_id[16];
        struct words only;     /* words_match; empty: all jobs */
        struct words devices;  /* empty: all */
        bool preload_programs; /* programs get LD_PRELOAD and INJECT… as forestage-run has them */
        bool serial;           /* one job at a time, whatever GPU it is for */
        uint64_t ahead;        /* how many jobs' processes may be started before their time */
        uint64_t concurrency;  /* how many small kernel jobs of a GPU may run side by side */
        const char *store;     /* the file of its map; NULL: there is none */
        int store_fd;          /* of its disk */
        uint64_t store_from;   /* where in its room files may begin */
        uint64_t store_above;  /* bytes that a file must have more to go there */
        const char *inputs;    /* the file of the map that names them; NULL: there are none */
        int inputs_fd;         /* of device-mapper's control */
        const char *no_inputs; /* why jobs with Data= or Root= cannot run; NULL: they can */
        enum fabric_state fabric; /* what the stage says of Fabric Manager */
        const char *kernel_log;   /* where Xid messages are read, and those of the modules */
        const char *ladder;       /* the file of the ladder's document */
        double step_seconds;      /* the most that a step of it may take; 0: its own limit */
};

/* What --help prints. */
extern const char options_help[];

/* Strings are borrowed from argv. When false, `why` (WHY_SIZE bytes) is the reason. */
bool options_parse(int argc, char **argv, struct options *ret_options, char *why);
void options_clear(struct options *options);
