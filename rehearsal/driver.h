/*
 * What the parts of the driver API share. Everything is done before a call returns, without
 * threads; one lock makes calls from several threads take turns. A fault of a kernel is reported by
 * the call after the launch, as a GPU does, and from then on by every call of the process that
 * works with a context or makes one.
 */
#ifndef FORESTAGE_REHEARSAL_DRIVER_H
#define FORESTAGE_REHEARSAL_DRIVER_H

#include <stdbool.h>

#include "rehearsal/base/heap.h"
#include "rehearsal/base/program.h"
#include "rehearsal/cuda_api.h"

#define DRIVER_VERSION 12040 /* CUDA 12.4 */
#define MAX_DEVICES    16
#define COMPUTE_MAJOR  9
#define COMPUTE_MINOR  0
#define DEVICE_NAME    "Forestage rehearsal (no GPU)"
#define MAX_GRID_X     0x7fffffffu
#define MAX_GRID_YZ    65535u
#define MAX_BLOCK_Z    64u

/* FORESTAGE_REHEARSAL_FAULT: what is to go wrong, for tests of the chain. */
enum fault {
        FAULT_INIT = 1,   /* cuInit fails */
        FAULT_LAUNCH = 2, /* every launch fails */
        FAULT_HANG = 4,   /* the first launch never ends */
        FAULT_BITS = 8,   /* one bit of the first result that is copied to the host is wrong */
};

struct context {
        struct context *next;
        CUdevice device;
        unsigned flags;
        bool is_primary;
        struct module *modules;
        struct stream *streams;
        struct event *events;
};

struct loaded_function {
        struct module *module;
        struct function *function;
};

struct module {
        struct module *next;
        struct context *context;
        struct program program;
        struct loaded_function *functions; /* by function number */
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

void driver_lock(void);
void driver_unlock(const int *unused);

/* Holds the lock until the function returns. */
#define LOCKED                                                        \
        __attribute__((cleanup(driver_unlock))) const int locked = 0; \
        (void)locked;                                                 \
        driver_lock()

/* CUDA_SUCCESS with the current context, or why there is none to work with. */
CUresult current_context(struct context **ret_context);
CUresult check_device(CUdevice device);

/* Ends with the context what belongs to it. */
void module_free(struct module *module);
void streams_free(struct context *context);

#endif
