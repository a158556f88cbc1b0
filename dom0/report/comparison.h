/* What differs between two runs. Pure but for the reader; both run.json are untrusted. */
#pragma once

#include <jansson.h>

#include "dom0/report/outputs.h"

/*
 * A new object, "forestage-compare/1" (docs/man/forestage.8): "verdict", "place", "devices", "jobs"
 * and "outputs" list only what differs, "close" the outputs with other bytes that are within their
 * tolerance, "numbers" every measurement that both have, with its ratio. "different" is true when
 * any of the former is not empty, or a number is off by more than `percent`; 0: numbers do not
 * count. `reader` has the outputs' bytes; NULL: other bytes differ.
 */
json_t *comparison_make(
        const json_t *a, const json_t *b, double percent, const struct outputs_reader *reader);

/* Keys of run.where that say where a run happened, and what people call them; ends with NULL. */
struct comparison_key {
        const char *key, *label;
};
extern const struct comparison_key comparison_place[];

/* A value of run.where or of a device as people read it: memory in GiB, CUDA's version with a dot;
 * "-" for null. Not made safe for any output but a terminal. */
void comparison_show(const char *key, const json_t *value, char *out, size_t size);
