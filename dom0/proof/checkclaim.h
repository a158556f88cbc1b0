/* What a check must have found: what the plan promised, and good. Each sets claim->why. */
#pragma once

#include "dom0/proof/claim.h"

bool claim_check_there(const struct claim *claim);
bool claim_tests_passed(const struct claim *claim);
bool claim_tests_skipped(const struct claim *claim);
bool claim_requirements_met(const struct claim *claim);
bool claim_baseline_held(const struct claim *claim);
bool claim_baseline_left(const struct claim *claim);
