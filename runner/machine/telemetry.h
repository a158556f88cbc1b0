/*
 * A GPU's readings over the time of a check: the series that is recorded, and what is counted of
 * them. Pure.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "lib/why.h"
#include "runner/machine/health.h"

#define TELEMETRY_INTERVAL_S 0.1
#define TELEMETRY_POINTS     600u /* that are kept; then every second one goes */

/* Columns of the series, behind the time. */
enum telemetry_column {
        TELEMETRY_POWER_W,
        TELEMETRY_TEMPERATURE_C,
        TELEMETRY_MEMORY_TEMPERATURE_C,
        TELEMETRY_CLOCK_MHZ,
        TELEMETRY_MEMORY_CLOCK_MHZ,
        TELEMETRY_THROTTLE, /* NVML's bits */
        TELEMETRY_PCIE_GENERATION,
        TELEMETRY_PCIE_WIDTH,
        TELEMETRY_COLUMNS,
};

/* One reading of all; NAN: it failed. */
struct telemetry_point {
        double time_s, value[TELEMETRY_COLUMNS];
};

struct telemetry {
        struct telemetry_point point[TELEMETRY_POINTS];
        struct telemetry_point last; /* when there are samples */
        unsigned points, every;      /* every so many readings one is kept; 0: every one */
        unsigned long samples;
        unsigned long throttled; /* readings with a reason of the hardware's */
        unsigned long starved;   /* times that power was capped for long, and was low */
        double power_limit_w;    /* 0: not known */
        unsigned capped;         /* readings in a row with the software's power cap */
        bool fed;                /* one of them had the power that the limit allows */
};

void telemetry_take(struct telemetry *telemetry, const struct telemetry_point *point);

/* Whether the counts are a reason to fail; `why` says which. `samples` are all readings. */
bool telemetry_complains(
        unsigned long samples, unsigned long throttled, unsigned long starved, char *why);

const char *telemetry_name(enum telemetry_column column);

/* Points `from` to `to` of a column, or of the time in milliseconds for TELEMETRY_COLUMNS, as whole
 * numbers: null where it failed. */
json_t *telemetry_column(const struct telemetry *telemetry, enum telemetry_column column,
        unsigned from, unsigned to);
