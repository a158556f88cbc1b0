/*
 * The steps before CUDA: what the system says of NVIDIA's driver. `root` stands before the names of
 * its files: "" but in tests.
 */
#pragma once

#include "runner/ladder/finding.h"

/* Whether the module is there; otherwise what the kernel's log in `kernel_log` says of it. */
void system_module(const char *root, const char *kernel_log, struct finding *finding);

/* Opens and closes the device files, which initialises the GPUs. */
void system_nodes(const char *root, struct finding *finding);

/* Initialises NVML, and counts. */
void system_nvml(struct finding *finding);
