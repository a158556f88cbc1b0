/*
 * Bars as inline SVG. Each is a drawing of its own that is as wide as it may be; labels are HTML
 * beside it, so that they stay readable on a phone. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CHART_COLOURS 10u /* --s0 to --s9 of dom0/figures/html.c */

struct chart_part {
        double value;
        size_t colour;
        const char *name; /* shown when pointed at */
};

/* Parts one after another, on a scale from 0 to `scale`; values below 0 count as 0. */
void chart_bar(FILE *to, const struct chart_part *parts, size_t count, double scale);

/*
 * One value on a scale from 0 to what is possible at best, and a tick at the least that is good
 * enough (0: none). `failed` is drawn as such.
 */
struct chart_measure {
        double value, best, least;
        size_t colour;
        bool failed;
};
void chart_measure(FILE *to, const struct chart_measure *measure, const char *name);

/* A coloured square and its name. */
void chart_key(FILE *to, size_t colour, const char *name);
