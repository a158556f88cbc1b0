/*
 * What follows from the facts: why CUDA fails in this system, if it does, and whether Forestage can
 * run on this host. Pure. What is known, and how, is docs/feasibility.md's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dom0/doctor/facts.h"

enum cuda_answer {
        CUDA_FAILS,
        CUDA_UNKNOWN,      /* nobody knows, or it could not be found out */
        CUDA_NO_OBJECTION, /* nothing that this program knows of stands in its way */
};

enum cuda_reason {
        REASON_NONE,
        REASON_PAT,    /* the page attribute table is not laid out as the driver wants it */
        REASON_NO_WC,  /* the table has no write-combining at all: Linux runs with nopat */
        REASON_OPTION, /* NVreg_UsePageAttributeTable=0 */
};

enum level { LEVEL_NOTE, LEVEL_WARNING, LEVEL_OBSTACLE };

struct finding {
        enum level level;
        const char *id; /* one word, for programs */
        char text[640]; /* what is found */
        char next[300]; /* what to do about it; "" nothing */
};

#define FINDINGS_MAX 32u

struct diagnosis {
        enum cuda_answer cuda;
        enum cuda_reason reason;
        char cuda_text[1200];
        struct finding findings[FINDINGS_MAX]; /* those about this host as a home for Forestage */
        size_t findings_count;
        size_t obstacles; /* how many of them; 0: Forestage can run here */
};

void diagnosis_make(const struct host_facts *facts, struct diagnosis *ret_diagnosis);

const char *cuda_answer_name(enum cuda_answer answer); /* for JSON */
const char *cuda_reason_name(enum cuda_reason reason); /* NULL: none */
const char *level_name(enum level level);

/* What a line of the kernel's log means; NULL: nothing that is known here. */
const char *diagnosis_line(const char *line);
