/* The test of heat: what it must have found for its pass, or its skip, to be believed. */
#pragma once

#include "dom0/proof/testmiss.h"

/* It reached all of the GPU, and what it says of its temperature does not contradict itself. */
bool testclaim_soak_holds(const struct testclaim *test);

/* Nobody has read the GPU's temperature while the tests ran. */
bool testclaim_soak_skipped(const struct testclaim *test);
