/* The test of health: what it must have found for its pass to be believed. */
#ifndef FORESTAGE_DOM0_PROOF_HEALTHCLAIM_H
#define FORESTAGE_DOM0_PROOF_HEALTHCLAIM_H

#include "dom0/proof/testmiss.h"

/* Of health: what was read before and after is no reason to fail, and is what was told of it. */
bool testclaim_health_holds(const struct testclaim *test);

#endif
