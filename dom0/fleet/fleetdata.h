/* What report --fleet found, for programs: docs/fleet.schema.json, and a table. Pure. */
#pragma once

#include <stdio.h>

#include <jansson.h>

#include "dom0/fleet/apart.h"

/* A new object, "forestage-fleet/1"; release it with json_decref. */
json_t *fleetdata_make(const struct fleet *fleet, const struct apart *apart);

/* A line of column names, and one for each GPU: its latest run and what stands apart most. */
void fleetdata_table(FILE *to, const struct fleet *fleet, const struct apart *apart);

/* What is said of a GPU, in words: "check copy-h2d.gbps is 27 GB/s, where 54 GB/s is usual". */
void fleetdata_explain(const struct fleet *fleet, const struct apart *apart,
        const struct apart_finding *finding, char *out, size_t size);

/* "host", as its runs say. */
const char *fleetdata_host(const struct fleet *fleet, const struct fleet_sample *sample);
