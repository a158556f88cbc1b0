/* Getting at a region's bytes: one private copy, from physical memory or from a file. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"
#include "region/bootline.h"

struct source {
        void *base; /* the copy; owned */
        size_t size;
        bool is_whole; /* false: nothing said that a region is there, and most is not copied */
        bool from_memory;
        uint64_t address; /* from memory: its physical address */
        bool has_run;     /* the kernel's command line names the run */
        uint8_t run_id[16];
        const char *name; /* the file's name as given, or that of the memory device; borrowed */
};

/*
 * What this boot's command line says. False: it cannot be read or understood, or names no region
 * (code EXIT_NO_RUN).
 */
bool source_bootline(const struct host *host, struct bootline *ret_line, struct failure *ret_error);

/*
 * Copies a region. `region` is "ADDR,SIZE" or a file's name; NULL: the region that `booted` names,
 * which source_bootline gave. Memory is read once, through mmap and only where /proc/iomem says
 * Reserved. The headers come first, and where they are none, nothing else is read. The copy takes
 * memory for what is not zero only.
 */
bool source_open(const struct host *host, const char *region, const struct bootline *booted,
        struct source *ret_source, struct failure *ret_error);
void source_close(struct source *source);

/* All of a small file, NUL-terminated and owned by the caller; NULL and errno on failure. */
char *source_read_text(const char *path, size_t limit, size_t *ret_length);
