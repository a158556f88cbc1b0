/*
 * What NVIDIA's kernel modules say: in /proc, and in the kernel log when something is wrong. Pure
 * text in, facts out. Names and messages are those of the open modules 535.261.03 and 550.163.01.
 */
#pragma once

#include <stdbool.h>

#include "efi/parse/text.h"

/* The major number of a character device in the text of /proc/devices; false: not registered. */
bool nvidia_major(struct slice devices, const char *name, unsigned int *ret_major);

/* The number behind "KEY:" at the start of a line ("Device Minor", "DeviceFileMinor"). */
bool nvidia_value(struct slice text, const char *key, unsigned int *ret_value);

/* Whether a module whose name starts with `prefix` is in the text of /proc/modules. */
bool nvidia_module_there(struct slice modules, const char *prefix);

/* The kernel's name of a module: '-' becomes '_'. False when it does not fit. */
bool nvidia_module_name(struct slice name, char *ret_name, size_t size);

/* "NVreg_…=1" for a module that needs some parameters, by the kernel's name; else "". */
const char *nvidia_parameters(const char *module);

#define NVIDIA_MAJOR 195u /* of the GPUs, whose minor numbers their "information" says */

/* A device node that no udev makes for them. */
struct nvidia_node {
        const char *path;
        const char *device; /* its line in /proc/devices; NULL: NVIDIA_MAJOR */
        unsigned int minor;
        bool needed;
};
extern const struct nvidia_node nvidia_nodes[]; /* ends with a NULL path */

/* Why the driver does not work, as far as the kernel log tells. */
struct nvidia_cause {
        const char *word;   /* for programs: "firmware_missing" */
        const char *reason; /* for people */
        struct slice line;  /* of the log that says so, without the time */
};

/*
 * Finds the most telling line of a kernel log ("<6>[ 1.0] NVRM: …"). False, and nothing is set,
 * when none is known.
 */
bool nvidia_find_cause(struct slice log, struct nvidia_cause *ret_cause);
