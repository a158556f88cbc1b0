/*
 * Persistence, as nvidia-persistenced does it: a process that holds every NVIDIA device file open,
 * so that the driver initialises each GPU once for the whole run and not again for every job. It is
 * a process of its own because opening a sick GPU may hang in the kernel. Once it is freed
 * (process_free), the driver can be unloaded.
 */
#pragma once

#include "runner/process/process.h"

/* Opens what there is of the device files in `folder` ("/dev"). NULL: it could not be started. */
struct process *persistence_start(const char *folder);

/* The first cuInit may have made device files: opens those that are not open yet. */
void persistence_look_again(struct process *persistence);
