/*
 * The Linux stage as PID 1 sees it: what the EFI application handed over, what has been done, and
 * what went wrong. One instance lives as long as the machine runs this kernel.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "initramfs/stage/child.h"
#include "region/bootline.h"
#include "region/region.h"

#define STAGE_TEXT 256

/* forestage.conf and next.conf, as far as the stage needs them. */
struct stage_config {
        uint64_t deadline_s;  /* for all jobs together */
        unsigned concurrency; /* small kernel jobs of a GPU side by side, at most */
        bool rescue;          /* a shell on the console when something failed */
        bool keep;            /* the run, in the store */
        bool reset;           /* instead of Xen */
        uint64_t store_above; /* bytes: larger files go to the store */
        char xen_options[2048];
        char dom0_options[2048];
};

struct stage {
        struct bootline line;
        struct stage_config config;
        void *region;                /* the region's mapping, NULL: none */
        struct region_writer writer; /* valid while region is mapped and nobody else writes */
        bool confined;               /* what the jobs may not do has been taken away */
        bool jobs_began;             /* from then on the root may be what jobs have made of it */
        bool ran;                    /* the runner was started; `runner` says how it ended */
        struct outcome runner;
        bool must_reset; /* the GPU's driver is stuck: the next system needs a reset */
        bool loaded;     /* Xen lies ready for kexec */
        bool failed;     /* some step did not work */
        char problem[STAGE_TEXT + 64]; /* the first reason why the run did not go as planned */
        char error[STAGE_TEXT]; /* of the step at work; steps set it when they return false */
        json_t *detail; /* what the event of the step at work holds when it is good; NULL: no more
                         */
};

/* Sets stage->error, escaped, and returns false, so that a step can say `return stage_fail(…)`. */
bool stage_fail(struct stage *stage, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* One line on the console, escaped, with the project's name in front. */
void stage_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
