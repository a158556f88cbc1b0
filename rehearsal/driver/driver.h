/*
 * What the parts of the driver API share. Everything is done before a call returns, without
 * threads; one lock makes calls from several threads take turns. A fault of a kernel is reported by
 * the call after the launch, as a GPU does, and from then on by every call of the process that
 * works with a context or makes one.
 */
#pragma once

#include <stdbool.h>

#include "rehearsal/base/heap.h"
#include "rehearsal/driver/cuda_api.h"

#define DRIVER_VERSION 12040 /* CUDA 12.4; initramfs/cuda.sh reads it, too */
#define MAX_DEVICES    16

/* FORESTAGE_REHEARSAL_FAULT: what is to go wrong, for tests of the chain. */
enum fault {
        FAULT_INIT = 1,     /* cuInit fails */
        FAULT_LAUNCH = 2,   /* every launch fails */
        FAULT_HANG = 4,     /* the first launch never ends */
        FAULT_BITS = 8,     /* one bit of the first result that is copied to the host is wrong */
        FAULT_CONTEXT = 16, /* no context can be made */
        FAULT_WRITE_COMBINED = 32, /* there is no write-combined memory */
};

struct device {
        struct context *primary;
        unsigned primary_uses;
        unsigned primary_flags;
};

struct driver {
        bool is_ready; /* cuInit was called */
        unsigned faults;
        bool launched;
        CUresult error; /* of a kernel; it stays until the process ends */
        int device_count;
        struct device devices[MAX_DEVICES];
        struct context *contexts;
        struct heap heap; /* of all devices: addresses are unique */
};

extern struct driver driver;

/* The CUDA that it claims: DRIVER_VERSION, or FORESTAGE_REHEARSAL_CUDA=12.2 and the like. */
unsigned driver_cuda(void);

void driver_lock(void);
void driver_unlock(const int *unused);

/* Holds the lock until the function returns. */
#define LOCKED                                                        \
        __attribute__((cleanup(driver_unlock))) const int locked = 0; \
        (void)locked;                                                 \
        driver_lock()
