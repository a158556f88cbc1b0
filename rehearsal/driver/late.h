/*
 * What is still on its way to the device. cuMemcpyHtoD of memory that is not pinned, and fills, may
 * return before they are done ("API synchronization behavior" of the CUDA Driver API): whatever is
 * in the context's own stream, or waits for it, comes behind them, but a stream that is not
 * blocking does not. Here they never arrive before they have to, so that who relies on it is found.
 */
#pragma once

#include "rehearsal/driver/current.h"

/* Takes a copy of the bytes. */
CUresult late_send(void *to, const void *from, size_t size);

/* All of it is there. */
void late_arrive(void);
