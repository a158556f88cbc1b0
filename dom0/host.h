/* Where a verb looks on the machine. Tests name their own files here. */
#ifndef FORESTAGE_DOM0_HOST_H
#define FORESTAGE_DOM0_HOST_H

struct host {
        const char *command_line; /* /proc/cmdline */
        const char *iomem;        /* /proc/iomem */
        const char *memory;       /* /dev/mem */
        const char *hypervisor;   /* /sys/hypervisor/type; may be missing */
        const char *runs;         /* folder of the collected runs */
};

extern const struct host host_default;

#endif
