/*
 * The GPU's kernel driver in the stage: loaded before the jobs, gone before Xen. It makes the
 * device nodes that udev would, initialises every GPU once and keeps it so, and leaves nothing
 * behind: a module that stays loaded would leave the GPU running under the next system.
 *
 * The image holds DRIVER_FOLDER/order (module names, one a line, in the order they load) with
 * NAME.ko beside it, and the firmware under /lib/firmware. Without an order there is nothing to do.
 */
#pragma once

#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>

#include "initramfs/stage/stage.h"

#define DRIVER_FOLDER      "/lib/modules/driver"
#define DRIVER_VERSION     "/sys/module/nvidia/version"
#define DRIVER_LIBRARY     "/usr/lib/forestage/libcuda.so.1"
#define DRIVER_MAX_GPUS    32u
#define DRIVER_MAX_MODULES 16u
#define DRIVER_NAME        64u
#define DRIVER_OPEN_LIMIT  90u /* seconds for all GPUs to initialise, side by side */
#define DRIVER_LEAVE_LIMIT 30u /* seconds for one module to let go */

struct driver_gpu {
        struct driver *driver;
        unsigned int minor;
        char pci[DRIVER_NAME]; /* "0000:01:00.0" */
        int fd;                /* open while the GPU is to stay initialised; -1: not */
        int error;             /* errno of the attempt to open it */
        bool answered;         /* read only after the semaphore */
};

/* All zero before driver_load; it must stay where it is until the machine leaves this kernel. */
struct driver {
        char modules[DRIVER_MAX_MODULES][DRIVER_NAME]; /* loaded here, by the kernel's name */
        size_t module_count;
        struct driver_gpu gpus[DRIVER_MAX_GPUS];
        size_t gpu_count;
        sem_t answers;
        const char *cause; /* of trouble, as the kernel log told last; NULL: none */
        bool silent;       /* a GPU did not answer in time: whoever opens it may wait for ever */
        bool stuck; /* after driver_leave: still loaded, so this kernel must not be left by kexec */
};

/*
 * Loads the modules, makes the nodes and initialises the GPUs. Events: driver.module for each
 * module, driver.gpu for each GPU that answered or did not, driver.cause when the kernel log tells
 * why, or libcuda is of another version; stage->error says why there is no working GPU, and the
 * caller goes on without. A module that is not NVIDIA's may fail. Returns true without an order in
 * the image.
 */
bool driver_load(struct stage *stage, struct driver *driver);

/*
 * Lets go of the GPUs and unloads what driver_load loaded, last first; no other process may have a
 * GPU open any more. Events: driver.cause when the kernel log tells of trouble since then;
 * driver.left, or the error. False when a module of NVIDIA's is still
 * there; driver->stuck is set then.
 */
bool driver_leave(struct stage *stage, struct driver *driver);
