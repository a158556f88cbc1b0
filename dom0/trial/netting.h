/*
 * The net below a trial: Xen's watchdog of this domain. If nobody sets it again in time Xen resets
 * the machine, whatever dom0 is doing, and the boot behind it is a normal one.
 */
#pragma once

#include <stdint.h>

#include "dom0/base/failure.h"
#include "dom0/base/host.h"

struct netting {
        uint32_t id; /* of the watchdog; 0: none is known */
};

/*
 * Sets it to `seconds` from now: the one that `netting` names, or a new one where that is not set,
 * which `netting` names then.
 */
bool netting_set(const struct host *host, struct netting *netting, uint32_t seconds,
        struct failure *ret_error);

/* Takes it away: nothing resets the machine any more. */
bool netting_take_away(const struct host *host, struct netting *netting, struct failure *ret_error);
