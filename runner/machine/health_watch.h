/*
 * Reading a GPU's health, which health.h understands: through NVML where it is there, else from
 * what /sys says of the PCI device, and its Xid messages from the kernel's log.
 */
#pragma once

#include "runner/machine/health.h"
#include "runner/machine/kernel_log.h"
#include "runner/machine/nvml.h"
#include "runner/record/device.h"

/* Readings while a test keeps the GPU busy; one that fails counts as none, not as zero. */
struct health_load {
        struct health_mean {
                unsigned samples;
                double sum, most;
        } power_w, clock_mhz, temperature_c;
        unsigned throttles; /* how often the reasons could be read */
        uint64_t throttle;  /* all that were ever set */
        double next;        /* clock_seconds */
};

struct health_watch {
        const struct device *device;
        const char *sys;  /* where /sys is; NULL: nothing is read of it */
        struct nvml nvml; /* .library is NULL without it, and `without` says why */
        char without[WHY_SIZE];
        struct kernel_log log;
        struct health before;
        struct bridges under_load; /* the best of all readings under load */
        double next_bridges;       /* clock_seconds */
};

/* Takes the reading before; `sys` is "/sys", or where a test has its like. */
void health_watch_start(struct health_watch *watch, const struct device *device, const char *sys);
void health_watch_end(struct health_watch *watch);

struct health health_read(const struct health_watch *watch);

/* What changes while the GPU works, and its PCIe link; of NVML alone. */
struct health health_read_fast(const struct health_watch *watch);

/* While the links are busy: reads them, at most twice a second. */
void health_sample_bridges(struct health_watch *watch);

/* What the GPU takes at this moment, where NVML tells it; else false. */
bool health_watch_power(const struct health_watch *watch, double *ret_watts);

/* Reads power, clock, temperature and throttle reasons, at most every tenth of a second. */
void health_sample(const struct health_watch *watch, struct health_load *load);

/* Takes a reading into it. Pure. */
void health_load_take(struct health_load *load, const struct health *health);

/* Adds what was read: "power_w" and "power_max_w", "clock_mhz", "temperature_c", "throttle". */
void health_load_add(const struct health_load *load, json_t *result);
