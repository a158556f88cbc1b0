/* The report of some runs as one page: tables and charts, nothing from elsewhere, no script. Pure.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

#include "dom0/report/pageparts.h"

/* `count` documents (run.json, untrusted), 1 to PAGE_RUNS, in the order in which they are shown. */
void page_write(FILE *to, const json_t *const documents[], size_t count);
