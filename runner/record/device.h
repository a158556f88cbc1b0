/* The machine's GPUs, as the run's records name them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEVICE_UUID_LENGTH 40u /* "GPU-" and RFC 4122's 36 */

struct device {
        unsigned index; /* CUDA's, in the order of PCI addresses */
        char name[128];
        char uuid[DEVICE_UUID_LENGTH + 1];
        char pci[32]; /* "0000:01:00.0" */
        uint64_t memory_bytes;
        int compute_major, compute_minor;
        int multiprocessors;
        bool rehearsal;
};

/* What a look at libcuda found. Without devices `error` says why, in one line. */
struct machine {
        struct device *device;
        size_t devices;
        int cuda_version; /* as cuDriverGetVersion says; 0 when unknown */
        bool rehearsal;
        char error[1001];
};
