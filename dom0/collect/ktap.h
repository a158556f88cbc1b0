/*
 * A run as KTAP, version 1 (Linux's Documentation/dev-tools/ktap.rst): a test for each planned job
 * and device, in the order of the plan, and a last one for the run as a whole. Pure.
 */
#pragma once

#include <stdio.h>

#include <jansson.h>

/* `document` is a run.json. */
void ktap_print(FILE *to, const json_t *document);
