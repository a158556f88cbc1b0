/*
 * A run as KTAP, version 1 (Linux's Documentation/dev-tools/ktap.rst): a test for each planned job
 * and device, in the order of the plan, and a last one for the run as a whole. Pure.
 *
 * It is written for the parser of the kernel's own tools/testing/kunit: what is told of a test
 * stands before its line, since all behind it is taken for the next one's; and no text of others
 * holds one of the three sentences at which that parser stops to read.
 */
#pragma once

#include <stdio.h>

#include <jansson.h>

/* `document` is a run.json. */
void ktap_print(FILE *to, const json_t *document);
