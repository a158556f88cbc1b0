/*
 * The other processors, lent by the firmware for a while: EFI_MP_SERVICES_PROTOCOL (UEFI Platform
 * Initialization Specification 1.7, volume 2, 13.4). A firmware need not have it.
 */
#pragma once

#include <efi.h>

#include <stdbool.h>
#include <stddef.h>

#define HELPERS_MAX 3u /* more files than that are seldom large */

struct helpers {
        EFI_EVENT ended[HELPERS_MAX]; /* signalled by the firmware, some time after the end */
        size_t count;
};

/*
 * Starts `main` with `context` on up to HELPERS_MAX other processors that the firmware calls
 * healthy, beside this one. `main` runs on a small stack with interrupts off, and may call nothing
 * of the firmware's. None is as good as some: an error is no helper.
 */
void helpers_start(struct helpers *ret_helpers, void(EFIAPI *main)(void *context), void *context);

/*
 * Waits until the firmware has noticed that all of them came to their end, and lets go of them.
 * False when one did not within `milliseconds`: then it still runs, and the machine is to be reset.
 */
bool helpers_end(struct helpers *helpers, unsigned int milliseconds);
