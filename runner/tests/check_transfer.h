/* What the copy tests share: buffers on both sides, and copies timed while the stream is held. */
#pragma once

#include "runner/check/check.h"

#define COPY_SEED UINT64_C(0x2545f4914f6cdd1d)
#define COPY_STEP UINT64_C(0x9e3779b97f4a7c15)

/* Pinned host memory; made once, `bytes` of it for a test's use. */
struct copy_host {
        unsigned char *data;
        volatile uint32_t *flag; /* opens the stream that the hold kernel keeps busy */
        CUdeviceptr flag_address;
        uint64_t bytes;
};

bool copy_host_take(struct check *check, const struct copy_host **ret_host);

/* Queues the copies of one sample. */
typedef bool copy_queue(struct check_run *run, void *context);

/*
 * Takes up to run->amount.rounds samples, each `queue` between two events of the stream, and
 * returns the median in seconds.
 */
bool copy_measure(struct check_run *run, copy_queue *queue, void *context, double *ret_seconds);

/* Writes the copies' pattern into host memory, or counts the words of it that are wrong there. */
void copy_fill_host(unsigned char *data, uint64_t bytes);
uint64_t copy_verify_host(const unsigned char *data, uint64_t bytes);

/*
 * Launches a kernel of the memory tests ("write_random") with its pattern's numbers on whole tiles,
 * in the stream, and does not wait for it.
 */
bool copy_pattern(struct check *check, const char *name, uint64_t a, uint64_t k, CUdeviceptr data,
        uint64_t bytes);

/* Writes the copies' pattern into device memory (whole tiles), or checks it there. */
bool copy_fill(struct check *check, CUdeviceptr data, uint64_t bytes);
bool copy_verify(struct check_run *run, CUdeviceptr data, uint64_t bytes, uint64_t *ret_errors);

/* "gbps" and the verdict of the verification. */
enum status copy_result(struct check_run *run, double bytes, double seconds, uint64_t errors);
