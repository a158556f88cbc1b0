/* Asks libcuda about the machine, in a child process: a driver that crashes or hangs stays there.
 */
#ifndef FORESTAGE_RUNNER_PROBE_H
#define FORESTAGE_RUNNER_PROBE_H

#include "runner/device.h"

/*
 * Fills `ret_machine`; its `error` is set when there is no device. False when the supervisor was
 * told to end meanwhile.
 */
bool probe_machine(struct machine *ret_machine);
void probe_clear(struct machine *machine);

#endif
