/* NVIDIA's display and 3D controllers, and its NVSwitches, on the PCI bus, as /sys shows them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "dom0/base/host.h"

struct pci_gpu {
        char address[16]; /* "0000:01:00.0" */
        char device[8];   /* PCI device id, "0x2330" */
        char driver[32];  /* bound to it: "nvidia", "nouveau", "pciback", "vfio-pci"; "" none */
};

/* Up to `room` of them in the order of their addresses; returns how many there are in all. */
size_t pci_find_gpus(const struct host *host, struct pci_gpu *ret_gpus, size_t room);

/* How many NVSwitches join the GPUs. */
size_t pci_count_switches(const struct host *host);

/* Whether it is kept for guests, so that this system's own driver cannot have it. Pure. */
static inline bool pci_is_set_aside(const struct pci_gpu *gpu)
{
        return strcmp(gpu->driver, "pciback") == 0 || strcmp(gpu->driver, "xen-pciback") == 0 ||
               strcmp(gpu->driver, "vfio-pci") == 0;
}
