/* A trial as one page for a browser: nothing from elsewhere, no script. Pure. */
#pragma once

#include <stdio.h>

#include <jansson.h>

/* `outcome` is a trial.json, untrusted. */
void trialpage_write(FILE *to, const json_t *outcome);
