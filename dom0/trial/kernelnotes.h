/* What the kernel's log says while a trial is made: kept in kernel.log as it comes. */
#pragma once

#include "dom0/base/buffer.h"
#include "dom0/base/host.h"

struct kernelnotes {
        int from, to;       /* the log, kernel.log; -1: cannot be read, written */
        struct buffer text; /* all of it, a line a message: "[  12.345678] text" */
};

#define KERNELNOTES_NONE ((struct kernelnotes){ .from = -1, .to = -1 })
#define KERNELNOTES_MOST ((size_t)4 << 20) /* bytes that are kept */

/* From here on: what was said before stays out. */
void kernelnotes_open(const struct host *host, const char *path, struct kernelnotes *ret_notes);

/* Takes what was said since, and has it on disk when this returns. */
void kernelnotes_take(struct kernelnotes *notes);
void kernelnotes_close(struct kernelnotes *notes);
