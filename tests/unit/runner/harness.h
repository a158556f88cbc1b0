/*
 * Running forestage-run as it is called, with a libcuda of the tests' own that fails on request,
 * and looking at the region that it leaves behind. The sanitised program lies beside the test's
 * own, so a leak or a bad access fails the test.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <limits.h>
#include <sys/types.h>

#include "region/region.h"

extern char here[PATH_MAX];   /* the folder of the unit tests */
extern char scratch[64];      /* a folder a test, with jobs/ in it */
extern char region_path[128]; /* scratch/out.region */

/* Once, at the start of main. */
bool harness_start(void);

/* --- the job folder --- */

#define EXPECT_RIGHT "out.bin=like right.bin tolerance 0 as u8"
#define EXPECT_WRONG "out.bin=like in.bin tolerance 0 as u8"

int set_up(void **state);
int set_up_fake(void **state); /* with the fake libcuda */
int set_up_both(void **state); /* and the jobs run both ways, as below */
int tear_down(void **state);
void put_bytes(const char *name, const void *data, size_t length);
void put(const char *name, const char *text);

/* A job over in.bin (1 2 3 4), one output, and what is expected of it. */
void put_job(const char *name, const char *function, const char *options, const char *expect);

/* A job that runs a shell script; `keys` follow its Timeout=5s. */
void put_program(const char *name, const char *script, const char *keys, mode_t mode);

/* --- running --- */

void set_library(const char *folder);

/* Starts forestage-run; its output goes to scratch/log. `more`: further options, up to a NULL. */
pid_t start_with(const char *jobs, const char *const *more);
int finish(pid_t pid); /* its exit code */

/*
 * In tests of set_up_both(), and in all with FORESTAGE_CONTEXTS=both in the environment, these two
 * run the jobs twice more, each kernel with a context of its own, and side by side, and hold the
 * results against each other; but for tests that say that theirs differ.
 */
extern bool contexts_differ;
int run_more(const char *const *more);
int run(void);
char *slurp(const char *path, size_t *ret_length);
void assert_log_has(const char *text);
void assert_log_lacks(const char *text);

/* Waits until the run that start_with() has started has said it, for a minute. */
void await_log(const char *text);

/* Whether a process other than this one has `text` in its command line. */
bool is_running(const char *text);

/* For sleep(1) and is_running(): some minutes that no other test sleeps. */
const char *own_nap(void);

/* --- looking at the region --- */

/* Where those that judge a run find files that are in a store; NULL: there are none. */
extern const struct run_store *judge_store;

extern char *region_bytes;
extern size_t region_length;

/* Reads the region and checks that it is complete, or just not sealed; release() when done. */
void load(bool complete);
void release(void);

/* The `number`th record of the type whose name is `name` (NULL: any). */
bool find(enum region_type type, const char *name, int number, struct region_record *ret_record);
json_t *json_of(enum region_type type, const char *name, int number);
const char *string_in(const json_t *object, const char *key);

/* Checks the RESULT of JOB/DEVICE; `reason` has to be in its reason (NULL: there is none). */
void assert_result(const char *name, const char *status, const char *reason);
void assert_file(const char *name, const char *data, size_t length);
void assert_no_file(const char *name);

/* Runs the one job, checks exit code and result. */
void check_one(int code, const char *status, const char *reason);
