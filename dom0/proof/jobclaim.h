/* What one job on one device says, held to all that it needs (docs/records.md). */
#pragma once

#include "dom0/run/intake.h"

/*
 * Whether the RESULT of a planned job keeps what its `pass` or `skip` claims; when false, `why`
 * says what the first thing is that it does not, as "its expectation c.bin was never compared".
 */
bool claim_holds(const struct intake *intake, const json_t *result, const json_t *planned,
        const char *key, char why[PROOF_TEXT]);
