/* The way out of the stage: Xen through kexec, or a reset when that cannot be. */
#pragma once

#include "initramfs/stage/stage.h"

/*
 * Starts to load Xen, and what it is to be told of dom0's kernel and its initrd, beside whatever
 * init does next. Before the jobs, so that they can neither change nor replace them.
 */
void handoff_start(const struct stage *stage);

/* Gives the loading a second. Returns true. */
bool handoff_linger(struct stage *stage);

/* Whether handoff_load will have to wait, so that it is worth a phase. */
bool handoff_is_at_work(const struct stage *stage);

/*
 * Waits until all is loaded, and removes the files, whose memory is the jobs' then. Sets
 * stage->loaded, or stage->error.
 */
bool handoff_load(struct stage *stage);

/*
 * Starts what is loaded; reboots the machine when nothing is or when it cannot be started. Never
 * returns.
 */
_Noreturn void handoff_go(const struct stage *stage);
