/* Where a verb looks on the machine. Tests name their own files here. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct host {
        const char *command_line; /* /proc/cmdline */
        const char *iomem;        /* /proc/iomem */
        const char *memory;       /* /dev/mem */
        const char *hypervisor;   /* /sys/hypervisor/type; may be missing */
        const char *runs;         /* folder of the collected runs */
        const char *trials;       /* folder of the trials in dom0 */
        const char *root;         /* stands before every other path; "" on the machine */
        const char *programs;     /* folders with the host's programs, divided by colons */
        /* Bytes that root may still write to the file system of `path`; false: errno. */
        bool (*room)(const char *path, uint64_t *ret_bytes);
        /* CPUID's hypervisor bit, and who has set it ("" when clear); NULL: is not asked. */
        bool (*cpuid)(char ret_vendor[13]);
        unsigned patience;      /* seconds that xe, and xl, have for all that is asked of them */
        unsigned disk_patience; /* seconds that a disk with results has to come, behind a boot */
};

extern const struct host host_default;

/* `path` on this machine, with the root before it; owned by the caller. */
__attribute__((format(printf, 2, 3))) char *host_path(
        const struct host *host, const char *format, ...);

/* As statvfs has it. */
bool host_room(const char *path, uint64_t *ret_bytes);

/* Leaf 1, ECX bit 31, and leaf 0x40000000 of this CPU. */
bool host_cpuid(char ret_vendor[13]);
