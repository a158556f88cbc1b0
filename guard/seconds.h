/* How long a dom0 that is tried has until it must have come as far as its unit. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define GUARD_LINE_MAX      4096u /* a kernel's command line */
#define GUARD_PARAMETER     "forestage.guard"
#define GUARD_SECONDS_LEAST 30u
#define GUARD_SECONDS_MOST  86400u

/*
 * Reads forestage.guard=SECONDS of a kernel's command line; the last one counts, and what stands
 * behind a lone `--` does not, as with forestage.run= (region/bootline.h). False: there is none, or
 * the last one is no number from GUARD_SECONDS_LEAST to GUARD_SECONDS_MOST.
 */
bool guard_seconds(const char *line, uint32_t *ret_seconds);
