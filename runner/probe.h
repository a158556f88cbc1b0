/* Asks libcuda about the machine, in a child process: a driver that crashes or hangs stays there.
 */
#pragma once

#include "runner/process/process.h"
#include "runner/record/device.h"

/*
 * Fills `ret_machine`; its `error` is set when there is no device. False when the supervisor was
 * told to end meanwhile.
 *
 * The process that asked has initialised CUDA, which takes long, and can go on as that of the first
 * kernel job: it waits for a struct kernel_handover (kernel_job.h). It is `*ret_process`, which the
 * caller ends and frees; NULL when it is not there any more.
 */
bool probe_machine(struct machine *ret_machine, struct process **ret_process);
void probe_clear(struct machine *machine);
