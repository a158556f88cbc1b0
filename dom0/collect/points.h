/*
 * The sweeps of a run as tables with commas: a line for each point and device, with the sweep's
 * values as columns. Any program for tables plots a result over them.
 */
#pragma once

#include <jansson.h>

/*
 * {"sweeps/NAME.csv": text} of every sweep in the document, which are the files that `collect`
 * writes beside run.json; empty without a sweep. Release it with json_decref.
 */
json_t *points_tables(const json_t *document);
