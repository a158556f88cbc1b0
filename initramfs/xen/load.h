/* Gives Xen and its modules to the kernel with kexec_load(2), and what has to run between the two.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efi/parse/modules.h"
#include "initramfs/xen/screen.h"

/* A module of Xen's, that lies where it will be used: in memory which this kernel does not use. */
struct load_module {
        const void *bytes; /* a mapping of it */
        uint64_t address;  /* physical */
        size_t size;
        const char *line; /* its name is the first word */
};

struct load {
        const void *xen; /* an ELF file, not compressed */
        size_t xen_size;
        const char *xen_line;                    /* without a name in front */
        struct load_module modules[MODULES_MAX]; /* in Xen's order: dom0's kernel first */
        size_t module_count;
        const struct screen *screen; /* that Xen may write to; NULL: none */
};

/*
 * Loads all of it. On failure nothing is loaded, and `ret_problem` says why in at most `size`
 * bytes.
 */
bool load_xen(const struct load *load, char *ret_problem, size_t size);
