/* Gives Xen and its modules to the kernel with kexec_load(2), and what has to run between the two.
 */
#ifndef FORESTAGE_LOAD_H
#define FORESTAGE_LOAD_H

#include <stdbool.h>
#include <stddef.h>

struct load {
        const char *xen;         /* path of an ELF file, not compressed */
        const char *xen_line;    /* without a name in front */
        const char *kernel;      /* path */
        const char *kernel_line; /* with the path as its first word */
        const char *initrd;      /* path, or NULL */
};

/*
 * Loads all of it. On failure nothing is loaded, and `ret_problem` says why in at most `size`
 * bytes.
 */
bool load_xen(const struct load *load, char *ret_problem, size_t size);

#endif
