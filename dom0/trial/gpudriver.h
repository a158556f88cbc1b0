/*
 * The GPU's driver in a trial's dom0: loaded from a folder as docs/image.md lays it out ("A driver
 * that is built already", without vmlinuz), and unloaded again.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"
#include "dom0/trialrecord/plan.h"

#define GPUDRIVER_MODULES 16u
#define GPUDRIVER_GPUS    32u
#define GPUDRIVER_NAME    64u

/* All zero before gpudriver_load. */
struct gpudriver {
        char modules[GPUDRIVER_MODULES][GPUDRIVER_NAME]; /* loaded here, by the kernel's name */
        size_t count;
        int gpus[GPUDRIVER_GPUS]; /* open, so that each stays initialised */
        size_t gpus_count;
        char *firmware; /* what the kernel's firmware path was; owned; NULL: not changed */
        json_t *nodes;  /* paths that were made; NULL: none */
};

/*
 * Has dom0 load what the plan's modules need of its own, loads them in their order, each only with
 * the plan's SHA-256, makes the device nodes and opens every GPU. The firmware is looked for in the
 * folder meanwhile. A module that is not NVIDIA's may be there already or fail; one of NVIDIA's
 * that is there already is another driver than the one to be tried. False: there is no driver to go
 * on with.
 */
bool gpudriver_load(const struct host *host, const struct trial_plan *plan,
        struct gpudriver *driver, struct failure *ret_error);

/*
 * Lets go of the GPUs, unloads what was loaded, last first, and removes the nodes. False when a
 * module stays: the last that did, and why.
 */
bool gpudriver_unload(const struct host *host, struct gpudriver *driver, struct failure *ret_error);

/* Puts the kernel's firmware path back. */
bool gpudriver_restore(
        const struct host *host, struct gpudriver *driver, struct failure *ret_error);
void gpudriver_free(struct gpudriver *driver);

/* What Linux is asked with: finit_module, delete_module, mknod. Tests have their own. */
struct gpudriver_calls {
        int (*insert)(int fd, const char *parameters);
        int (*remove)(const char *module);
        int (*node)(const char *path, unsigned major, unsigned minor);
        unsigned patience; /* seconds for a module to let go */
};
extern struct gpudriver_calls gpudriver_calls;
