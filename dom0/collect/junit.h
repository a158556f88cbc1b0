/*
 * A run as JUnit's XML, as CI systems read it: a test case for each planned job and device, in the
 * order of the plan, and a last one for the run as a whole. Pure.
 *
 * fail is a <failure>; error, timeout and notrun are an <error> of that type: a job that was never
 * reached has not been skipped. What is written is what junit-10.xsd of Jenkins' xUnit plugin
 * allows, in the order that older schemas want: properties for the whole suite alone, in a test
 * case its result first, then the end of what it printed, and nothing else.
 */
#pragma once

#include <stdio.h>

#include <jansson.h>

#include "dom0/run/run.h"

/*
 * `document` is the run.json of `run`, which has the bytes of what jobs printed; NULL: without
 * them.
 */
void junit_print(FILE *to, const json_t *document, const struct run *run);
