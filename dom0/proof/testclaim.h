/* One test of a check that says `pass` or `skip`; not for others than claim.h's. */
#pragma once

#include "dom0/proof/claim.h"

/* Whether it keeps what it says. `ret_skipped`: that is that it was skipped. */
bool testclaim_holds(const struct claim *claim, const json_t *object, bool *ret_skipped);
