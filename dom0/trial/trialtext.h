/* What is said of a trial before it is armed. */
#pragma once

#include <stdio.h>

#include "dom0/trial/preparation.h"

/*
 * All of it, of a preparation that was made: what will be different for that one boot, line by
 * line, and what is known beforehand.
 */
void trialtext_print(const struct preparation *preparation, FILE *to);
