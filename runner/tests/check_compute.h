/* The load of an arithmetic test, for those that need it beside other work. */
#pragma once

#include "runner/check/check.h"

/* One arithmetic test, ready to be launched. */
struct check_unit {
        CUfunction function;
        unsigned threads;
        CUdeviceptr table[4]; /* inputs and what is expected */
        unsigned tables;
        unsigned sets; /* of operands, that every warp works on */
        double flops;  /* of a block in a round */
        unsigned grid; /* blocks: as many as fit on the GPU at once */
        const char *path;
};

/* Whether the units of the test run->kind are not here; the reason is said. */
bool check_unit_is_missing(struct check_run *run);

/* Compiles and uploads what the arithmetic test run->kind needs; the GPU has its units. */
bool check_unit_prepare(struct check_run *run, struct check_unit *ret_unit);
void check_unit_clear(struct check_gpu *gpu, struct check_unit *unit);

/* Adds what the GPU has besides for what the test run->kind does: a pass says nothing of it. */
void check_unit_tell_untested(struct check_run *run);

/* Fills the GPU, and finds out how many rounds make a launch of about 0.04 s. */
bool check_unit_calibrate(struct check *check, struct check_unit *unit, uint32_t *ret_rounds);

/* Launches on the stream. `first`: the number of the first of the rounds, by which the sets go. */
bool check_unit_launch(
        struct check *check, const struct check_unit *unit, uint32_t rounds, uint32_t first);
