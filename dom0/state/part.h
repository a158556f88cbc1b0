/* What the system after a run is made of, file by file: what armed.json calls each. */
#pragma once

#include <stdint.h>

#include <jansson.h>

#include "dom0/xen/nextsystem.h"
#include "dom0/xen/xenboot.h"
#include "lib/sha256.h"

struct part {
        char key[16], name[32]; /* for armed.json; for people */
        const char *path;       /* NULL: there is none; borrowed */
        const uint8_t *hash;    /* as it was copied; NULL: not yet; borrowed */
};

#define PARTS (2 + BOOTMODULE_MAX) /* Xen, the only initrd, and modules by their numbers */

/*
 * Every key that there may be, whether this system has the part or not. `next` is what was written
 * of it, or NULL.
 */
void parts_list(
        const struct xenboot *boot, const struct nextsystem *next, struct part ret_parts[PARTS]);

/* A file and its hash as they stand in armed.json, owned. */
json_t *part_describe(const char *path, const uint8_t hash[SHA256_SIZE]);

/* The same of a file as it is now; null when there is none. */
json_t *part_look(const char *path);
