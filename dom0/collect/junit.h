/*
 * A run as JUnit's XML, as CI systems read it: a test case for each planned job and device, in the
 * order of the plan, and a last one for the run as a whole. Pure.
 *
 * fail is a <failure>; error, timeout and notrun are an <error> of that type: a job that was never
 * reached has not been skipped.
 */
#pragma once

#include <stdio.h>

#include <jansson.h>

/* `document` is a run.json. */
void junit_print(FILE *to, const json_t *document);
