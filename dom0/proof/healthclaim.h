/* The test of health: what it must have found for its pass to be believed. */
#pragma once

#include "dom0/proof/testmiss.h"

/* Of health: what was read before and after is no reason to fail, and is what was told of it. */
bool testclaim_health_holds(const struct testclaim *test);
