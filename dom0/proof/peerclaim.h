/* What a check must have been compared with for its pass to be believed: other GPUs of its model.
 */
#pragma once

#include "dom0/proof/claim.h"

bool claim_peers_held(const struct claim *claim);
