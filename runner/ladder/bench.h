/* What the steps with CUDA work on, in the process that performs them. */
#pragma once

#include "runner/ladder/finding.h"
#include "runner/machine/cuda.h"

#define BENCH_MIB (UINT64_C(1) << 20)

/* Shared with the supervisor, which reads it when the process hangs or dies. */
struct bench_place {
        char doing[64]; /* the call under way; "" */
};

struct bench {
        struct bench_place *place;
        const char *kernel_log;
        int number;       /* CUDA's, of the GPU that the step is for */
        uint32_t passed;  /* LADDER_BITs of what a first process could do */
        struct cuda cuda; /* its library is NULL until it is loaded */
        bool initialised;
        CUdevice device;
        CUcontext context; /* NULL until it is made */
        CUfunction mix;    /* NULL until it is loaded (kernel.h) */
        struct finding finding;
};

void bench_doing(struct bench *bench, const char *call);

/* False when the call failed; then the finding names it, behind `what` it was for (NULL: itself).
 */
bool bench_succeed(struct bench *bench, CUresult result, const char *call, const char *what);
bool bench_lacks(struct bench *bench, const char *call);

/* Calls a function of the driver: whether there is one, and it succeeded. */
#define CU(bench, what, name, ...)                                                            \
        ((bench)->cuda.name ? (bench_doing((bench), #name),                                   \
                                      bench_succeed((bench), (bench)->cuda.name(__VA_ARGS__), \
                                              #name, what))                                   \
                            : bench_lacks((bench), #name))

/* Each does nothing when it was done before. False: the finding says why. */
bool bench_load(struct bench *bench);  /* libcuda */
bool bench_init(struct bench *bench);  /* that, and cuInit */
bool bench_enter(struct bench *bench); /* that, and the context of a GPU */

/* The steps cuinit ("cuda_version", "devices") and context. */
void bench_find(struct bench *bench);
void bench_use(struct bench *bench);

/*
 * At most `most` bytes of memory that the host and the GPU can spare, in whole MiB, at least one;
 * in a rehearsal, whose GPU is the host as well, a few.
 */
bool bench_room(struct bench *bench, uint64_t most, uint64_t *ret_bytes);

/* Device memory. Where there is none the step is not to blame, but device_memory. */
bool bench_allocate(struct bench *bench, uint64_t bytes, CUdeviceptr *ret_address);

/*
 * Copies `bytes` of stamped memory (stamp.h) to the GPU's memory at `by` and from there to `to`,
 * and checks what arrives. False: the finding says which page of `what` is wrong, and on which way.
 * `ret_seconds` (each may be NULL) are those of the two copies.
 */
struct bench_journey {
        const char *what;
        const void *from;
        CUdeviceptr by;
        void *to;
        uint64_t bytes;
        uint32_t round; /* of the stamps */
};
bool bench_carry(struct bench *bench, const struct bench_journey *journey, double *ret_there,
        double *ret_back);
