/* One run as a person signs it: its GPUs, and what the checks on each have found. Pure; run.json is
 * untrusted. */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

#include "jobs/check_tests.h"

#define SHEET_GPUS 64u /* that are shown */

enum sheet_outcome { SHEET_PASSED, SHEET_FAILED, SHEET_ERROR, SHEET_SKIPPED, SHEET_OUTCOMES };

struct sheet_gpu {
        const json_t *device;         /* of run.json's devices, borrowed as all of it is */
        json_t *checks;               /* its jobs that are checks; owned */
        const json_t *health;         /* the test of the last of them that has one; NULL: none */
        const json_t *standing;       /* its items; NULL: none */
        size_t tests[SHEET_OUTCOMES]; /* of its checks */
};

struct sheet {
        FILE *to;
        const json_t *document;
        const char *sha256; /* of run.json; NULL: not known */
        struct sheet_gpu gpus[SHEET_GPUS];
        size_t count;
};

/* `sheet` is large: it is the caller's. sheet_free releases what it holds. */
void sheet_take(FILE *to, const json_t *document, const char *sha256, struct sheet *ret_sheet);
void sheet_free(struct sheet *sheet);

/* A test of a job that is a check; NULL: it has none of that name. */
const json_t *sheet_test(const json_t *job, const char *name);

/* One of the items of a standing condition, by name; NULL: it has none of that name. */
const json_t *sheet_item(const json_t *standing, const char *item);

/* "GPU 3" */
void sheet_put_gpu(const struct sheet *sheet, const struct sheet_gpu *gpu);

/* A value of an item of its standing condition, as text; NULL: it has none. */
const char *sheet_standing(const struct sheet_gpu *gpu, const char *item);
