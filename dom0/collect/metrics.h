/* The last run as metrics for node_exporter's textfile collector (Prometheus text format 0.0.4). */
#pragma once

#include <stdbool.h>

#include <jansson.h>

#include "dom0/base/failure.h"

/*
 * The lines for a run.json, or for what dom0/collect/gap.h says instead; owned by the caller. `now`
 * is the time of collection. Pure.
 */
char *metrics_text(const json_t *document, long long now);

/* Writes them to a file that everybody may read, whole or not at all (dom0/collect/outlet.h). */
bool metrics_write(const char *path, const json_t *document, struct failure *ret_error);
