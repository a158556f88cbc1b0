/*
 * What --metrics tells when there is no run to judge: that one was lost, or cannot be read. It is
 * a document with the keys of run.json that are known then, and a verdict that no run.json has, so
 * that the pass of an earlier run does not stand for this one. Pure.
 */
#pragma once

#include <jansson.h>

#include "dom0/state/survey.h"

/*
 * Of a boot that no run has started. NULL: nothing is missing, and what the last run has left
 * stays true. Release it with json_decref.
 */
json_t *gap_of_boot(const struct survey *survey);

/* Of a region that cannot be read; `booted` is what named it, or NULL. */
json_t *gap_of_region(const struct bootline *booted);
