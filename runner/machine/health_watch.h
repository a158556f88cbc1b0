/*
 * Reading a GPU's health, which health.h understands: through NVML where it is there, else from
 * what /sys says of the PCI device, and its Xid messages from the kernel's log.
 */
#pragma once

#include "runner/machine/health.h"
#include "runner/machine/kernel_log.h"
#include "runner/machine/nvml.h"
#include "runner/record/device.h"

/* Readings while a test keeps the GPU busy. */
struct health_load {
        unsigned samples;
        double power_w, clock_mhz; /* sums */
        double power_max_w;
        unsigned temperature_max_c;
        uint64_t throttle; /* all reasons that were ever set */
        double next;       /* clock_seconds */
};

struct health_watch {
        const struct device *device;
        struct nvml nvml; /* .library is NULL without it, and `without` says why */
        char without[WHY_SIZE];
        struct kernel_log log;
        struct health before;
};

/* Takes the reading before. */
void health_watch_start(struct health_watch *watch, const struct device *device);
void health_watch_end(struct health_watch *watch);

struct health health_read(const struct health_watch *watch);

/* The version of the GPU's VBIOS; "" when nothing says it. */
#define HEALTH_VBIOS_SIZE 64u /* NVML asks for 32 */
void health_vbios(const struct health_watch *watch, char ret_version[HEALTH_VBIOS_SIZE]);

/* Reads power, clock, temperature and throttle reasons, at most every tenth of a second. */
void health_sample(const struct health_watch *watch, struct health_load *load);

/* Adds what was read: "power_w", "clock_mhz", "temperature_c", "throttle". */
void health_load_add(const struct health_load *load, json_t *result);
