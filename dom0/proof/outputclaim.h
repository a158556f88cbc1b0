/* What a job that passes must have recorded of its outputs; each sets claim->why. */
#pragma once

#include "dom0/proof/claim.h"

bool claim_outputs_hold(const struct claim *claim);
bool claim_expectations_compared(const struct claim *claim);
bool claim_one_compared(const struct claim *claim);
bool claim_outputs_planned(const struct claim *claim);
bool claim_program_planned(const struct claim *claim);
bool claim_files_listed(const struct claim *claim);
