/* What the files of the process of a kernel job share. */
#pragma once

#include "jobs/job.h"
#include "lib/sha256.h"
#include "runner/kernel/download.h"
#include "runner/kernel/kernel_board.h"
#include "runner/kernel/kernel_order.h"
#include "runner/machine/cuda.h"

#define WORKER_PARAMETER_BYTES 32768 /* more than any kernel's parameters take */
#define WORKER_LIMITS          7u    /* CUlimit: the stack, printf's buffer, malloc's heap, ... */

/* What an argument is on the device. */
struct buffer {
        CUdeviceptr address; /* as the kernel gets it */
        uint64_t bytes;
        void *input; /* in, inout: the file's bytes; small ones are malloc'ed, others mapped */
};

#define MODULES_KEPT  32u                 /* by a process, at most */
#define MODULES_BYTES ((size_t)256 << 20) /* of their images, at most */
#define LAUNCHES_KEPT 256u                /* functions that are known to have been launched */

/* What a process has loaded. All zeroes is nothing. */
struct kernel_modules {
        struct kernel_module {
                uint8_t digest[SHA256_SIZE]; /* of the image's bytes */
                size_t bytes;
                CUmodule module;
                uint64_t turn; /* the last job that had it */
        } kept[MODULES_KEPT];
        size_t count;
        uint64_t launched[LAUNCHES_KEPT]; /* by a digest of image and name, in turns */
        size_t launches;

        /* of the job at hand */
        CUmodule loose;    /* not kept; NULL: it is */
        bool takes_memory; /* kernel_image_takes_memory */
        bool first;        /* nothing of that name in that image was launched here before */
};

/* A job of the process with what it has on the device. All zeroes is none. */
struct worker_place {
        const struct job *job;
        struct job point; /* which that is, when it is one of a sweep */
        CUfunction function;
        CUmodule loose; /* as above */
        struct buffer buffer[JOB_MAX_ARGUMENTS];
};

struct kernel_task; /* kernel_job.h */

struct worker {
        const struct kernel_task *task;
        int folder; /* the job folder */
        int report, order;
        struct kernel_board *board;
        struct cuda cuda;
        CUdevice device;
        struct download download;

        /* of the job at hand; they are those of its place (worker_enter) */
        const struct job *job;
        CUfunction function;
        struct buffer *buffer;
        uint64_t output; /* number of the one that is being copied */

        /* of a process that does one job after the other */
        uint64_t jobs;     /* that it has done before */
        bool stays;        /* another one follows this one */
        bool asked;        /* for its first output, before it has it */
        bool launched;     /* the kernel of this one was */
        uint32_t together; /* so many run side by side (flight_job.h); 0: this one alone */
        struct kernel_modules modules;
        uint32_t limits_known; /* bits: which of `limit` there are */
        size_t limit[WORKER_LIMITS];
        size_t free_bytes; /* of the GPU's memory, before this job; 0: not known */
        bool had_buffers;  /* those of `download` were there before */
        bool grew;         /* more was made for this job that is kept */
};

/*
 * The job that the order is about, or the point of it, is that of the place, which has nothing on
 * the device. When false, the supervisor was told why.
 */
bool worker_take(
        struct worker *worker, const struct kernel_order *order, struct worker_place *place);

/* That job is at hand from now on; and what was found for it goes back to its place. */
void worker_enter(struct worker *worker, struct worker_place *place);
void worker_leave(const struct worker *worker, struct worker_place *place);

/* The first `bytes` of the file, for worker_drop_input; NULL: errno. */
void *worker_get_input(int fd, uint64_t bytes);
void worker_drop_input(void *input, uint64_t bytes);

/* Whether `result` is success; if not, the supervisor is told what `call` came to. */
bool kernel_succeed(const struct cuda *cuda, int report, CUresult result, const char *call);

/*
 * The same of a job's call, which may have failed before the launch because of what earlier jobs
 * have left: the supervisor is told that it might not in a process of its own.
 */
bool worker_succeed(const struct worker *worker, CUresult result, const char *call);

/* The same of a call by its name: CALL(worker, cuMemAlloc, &address, bytes). */
#define CALL(worker, name, ...) worker_succeed((worker), (worker)->cuda.name(__VA_ARGS__), #name)
