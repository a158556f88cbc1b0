/* The report of some runs as one page: tables and charts, nothing from elsewhere, no script. Pure.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

#include "dom0/report/pageparts.h"

/* `count` documents (run.json, untrusted), 1 to PAGE_RUNS, in the order in which they are shown.
 * `folders`, of as many, may be NULL: no file is linked or named. */
void page_write(FILE *to, const json_t *const documents[], const struct page_folder folders[],
        size_t count);
