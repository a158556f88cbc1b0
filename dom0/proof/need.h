/* What the files behind proof_of_run (proof.h) share; not for others. */
#pragma once

#include "dom0/run/intake.h"

/* Sets `why` (PROOF_TEXT bytes); false, so that a need can say `return need_miss(…)`. */
__attribute__((format(printf, 2, 3))) bool need_miss(char *why, const char *format, ...);

/* Whether RUN says that `whom` sealed the region. */
bool need_sealed_by(const struct intake *intake, const char *whom);
