/* What the files of the process of a kernel job share. */
#pragma once

#include "jobs/job.h"
#include "runner/kernel/download.h"
#include "runner/machine/cuda.h"

#define WORKER_PARAMETER_BYTES 32768 /* more than any kernel's parameters take */

/* What an argument is on the device. */
struct buffer {
        CUdeviceptr address; /* as the kernel gets it */
        uint64_t bytes;
        const void *input; /* in, inout: the file's bytes */
};

struct kernel_task; /* kernel_job.h */

struct worker {
        const struct kernel_task *task;
        const struct job *job;
        int report, order;
        struct cuda cuda;
        CUdevice device;
        CUfunction function;
        struct buffer buffer[JOB_MAX_ARGUMENTS];
        struct download download;
        uint64_t output; /* number of the one that is being copied */
};

/* Whether `result` is success; if not, the supervisor is told what `call` came to. */
bool kernel_succeed(const struct cuda *cuda, int report, CUresult result, const char *call);

/* The same of a call by its name: CALL(worker, cuMemAlloc, &address, bytes). */
#define CALL(worker, name, ...) \
        kernel_succeed(&(worker)->cuda, (worker)->report, (worker)->cuda.name(__VA_ARGS__), #name)
