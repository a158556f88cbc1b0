/*
 * A job as its file describes it, before anything about the machine is known. jobfile.h fills it;
 * docs/job-files.md is the reference of what the members mean. All strings are owned by the job,
 * valid UTF-8 and without control characters.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "jobs/sweep/sweep.h"
#include "lib/sha256.h"
#include "lib/words.h"

#define JOB_MAX_NAME         64u
#define JOB_MAX_ERROR        (WHY_SIZE - 1)
#define JOB_MAX_ARGUMENTS    512u
#define JOB_MAX_EXPECTATIONS 256u
#define JOB_DEFAULT_MS       60000u /* Timeout= */
#define JOB_MAX_MS           86400000u

#define JOB_DEFAULT_PROCESSES  4096u                /* Processes= */
#define JOB_DEFAULT_CHECKPOINT (UINT64_C(64) << 20) /* [Limits] Checkpoint= */
#define JOB_DEFAULT_KEEP       (UINT64_C(1) << 20)  /* KeepOutput= */
#define JOB_DEFAULT_OUTPUT     (UINT64_C(1) << 30)  /* Output= */

enum job_type { JOB_UNKNOWN, JOB_KERNEL, JOB_PROGRAM, JOB_CHECK };

/* "kernel", "program", "check"; "unknown" when the file did not say it in a readable way. */
const char *job_type_name(enum job_type type);

enum argument_kind {
        ARGUMENT_IN,
        ARGUMENT_OUT,
        ARGUMENT_INOUT,
        ARGUMENT_SCRATCH,
        ARGUMENT_VALUE,
};

/* One Argument= of a kernel. */
struct argument {
        enum argument_kind kind;
        unsigned line;
        char *file;             /* in, out, inout; else NULL */
        uint64_t size;          /* out, scratch: bytes; value: 4 or 8; in, inout: 0 */
        unsigned char value[8]; /* value: as the kernel gets it */
        bool is_real;           /* value: f32 or f64 */
};

enum element_type {
        ELEMENT_F16,
        ELEMENT_BF16,
        ELEMENT_F32,
        ELEMENT_F64,
        ELEMENT_I8,
        ELEMENT_U8,
        ELEMENT_I16,
        ELEMENT_U16,
        ELEMENT_I32,
        ELEMENT_U32,
        ELEMENT_I64,
        ELEMENT_U64,
        ELEMENT_TYPES,
};

enum expectation_kind { EXPECT_SHA256, EXPECT_LIKE };

/* One line of [Expect]. */
struct expectation {
        enum expectation_kind kind;
        unsigned line;
        char *file;
        uint8_t sha256[SHA256_SIZE]; /* EXPECT_SHA256 */
        char *reference;             /* EXPECT_LIKE: path in the job folder */
        double tolerance;            /* at least 0, finite */
        enum element_type type;
};

/* [Limits]: what a job on one device may take before it is ended. */
struct limits {
        uint64_t memory_bytes;     /* 0: three quarters of the machine's */
        uint64_t processes;        /* and threads */
        uint64_t open_files;       /* of each process; 0: as the runner's own */
        uint64_t keep_bytes;       /* kept of stdout, and of stderr */
        uint64_t output_bytes;     /* printed on either */
        uint64_t checkpoint_bytes; /* left for the next run */
};

/* Where a key of the job file stands. */
struct job_place {
        const char *key; /* of the parser's own table */
        unsigned line;
};

struct job {
        char name[JOB_MAX_NAME + 1];
        char error[JOB_MAX_ERROR + 1]; /* not empty: the job is broken and this says where */
        struct words complaints;       /* all of them, the first of which is `error` */
        unsigned complaint_line;       /* of the last one; a line has one at most */
        unsigned line; /* of the file, that is being read; 0: complaints are about all of it */
        struct job_place *place; /* of every key that was read, in the order of the file */
        size_t places;
        enum job_type type;
        unsigned type_line;
        char *description;    /* or NULL */
        bool all_devices;     /* then `devices` is empty */
        struct words devices; /* decimal indices and GPU-… UUIDs, as written */
        uint64_t timeout_ms;
        uint64_t repeat;
        bool own_context; /* Context=own */
        struct limits limits;

        struct {
                char *module, *function;
                uint32_t grid[3], block[3];
                uint32_t shared_bytes;
                struct argument *argument;
                size_t arguments;
        } kernel;
        struct {
                struct words exec, collect, environment; /* collect: job_pattern */
                struct words data; /* Data=: trees, or images of some, in the job folder */
                char *root;        /* Root=: one that is all its user land; NULL: the stage's */
                char *checkpoint;  /* Checkpoint=: what the next run gets back; NULL: nothing */
        } program;
        struct {
                const char *level; /* of check_tests.h; NULL: `tests` says which */
                struct words tests;
                uint64_t duration_ms; /* 0: every test once */
                struct words require;
                struct words standing;   /* Standing=: each is one of standing_parse */
                uint32_t expect_devices; /* 0: any number */
                char *baseline;          /* file, or NULL */
                double baseline_percent; /* more than this worse is a fail */
                double peer_percent;     /* the same of the best GPU of the model */
                bool no_limits;          /* Limits=none */
                bool has_peer_percent;   /* the job file says so */
        } check;

        struct expectation *expectation;
        size_t expectations;

        /* [Sweep]: the file stands for as many jobs, and this is the first of them under the name
         * of the file; NULL: it stands for one. jobfile_point makes the others. */
        struct sweep *sweep;
        /* What was made as a point of a job with a sweep: which, and of which; else 0, NULL. */
        uint32_t point;
        const struct job *point_of;
};

/* Bytes of the name that are the file's: a point is NAME@NUMBER. */
static inline int job_stem(const struct job *job)
{
        return (int)strcspn(job->name, "@");
}

/*
 * Marks the job as broken at job->line; always false. Its error is the first of the reasons. A
 * second reason of one line is not kept: it tends to follow from the first.
 */
bool job_complain(struct job *job, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Takes every complaint back; further ones are about the whole file. */
void job_excuse(struct job *job);

/* Whether `path` can be a file of the job's folder; otherwise job_complain says why not. */
bool job_takes_path(struct job *job, const char *path);

/* The pattern of a Collect=: what is behind the '!' of one that must find a file. */
static inline const char *job_pattern(const char *collect)
{
        return collect[0] == '!' ? collect + 1 : collect;
}

/* Notes that the line being read has this key; without memory for it, it has no place. */
void job_take_place(struct job *job, const char *key);

/*
 * The line of a key: of the first one of that name, or of the one behind `earlier` others for a key
 * that is repeated. 0: it does not stand there.
 */
unsigned job_line_of(const struct job *job, const char *key, size_t earlier);

/* The expectation of the file, or NULL. */
const struct expectation *job_expectation_of(const struct job *job, const char *file);

/*
 * Whether it may run in a process and a context that other jobs of its GPU have used and will use:
 * a kernel that neither asks for its own nor for limits that are held for a whole process.
 */
bool job_shares_context(const struct job *job);

/* Frees what the job owns and leaves it empty. */
void job_clear(struct job *job);
