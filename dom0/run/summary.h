/* What `forestage collect` prints: a run.json for a person at a terminal of 80 columns. Pure. */
#pragma once

#include <stdio.h>

#include <jansson.h>

/* `files` says where the run folder is, or why there is none. */
void summary_print(FILE *to, const json_t *document, const char *files);

/* "PASS", "FAIL", "NOTHING RAN", "INCOMPLETE" for a verdict of run.json. */
const char *summary_verdict(const char *verdict);

/*
 * What speaks against the pass that a run.json says, of the run or of one of its GPUs, as the end
 * of a sentence; NULL: nothing, or it says no pass. collect writes no such document.
 */
const char *summary_contradiction(const json_t *document);
