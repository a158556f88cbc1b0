/*
 * What a kernel module says of itself, in its section .modinfo: "KEY=VALUE", each with a NUL
 * (include/linux/moduleparam.h). Pure: checks every bound, so that any file may be given.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct modinfo {
        const char *text; /* borrowed from the file's bytes */
        size_t length;
};

/* NULL, or what is wrong, as the end of a sentence that starts with the file's name. */
const char *modinfo_open(const void *module, size_t size, struct modinfo *ret_modinfo);

/*
 * The value number `index` (from 0) of a key, borrowed and with its NUL; NULL: there are not so
 * many.
 */
const char *modinfo_get(const struct modinfo *modinfo, const char *key, size_t index);
