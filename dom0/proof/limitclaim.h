/* What a check's numbers come to beside the limits of the GPU's units and model. */
#pragma once

#include "dom0/proof/claim.h"

/* Where the plan says so: they are judged again, and none fails. What has no limit is a warning. */
bool claim_limits_held(const struct claim *claim);
