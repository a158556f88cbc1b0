/* Which jobs of a run are shown: collect's --only. Pure. */
#pragma once

#include <jansson.h>

#include "lib/words.h"

/*
 * A new run.json with the jobs whose names are among `only` (words_match), and "only", the list of
 * these words. The rest is that of the whole run: its verdict, its counts, its reasons.
 */
json_t *choice_make(const json_t *document, const struct words *only);

/* A word that is the name of no job of the run; NULL: each is one's. */
const char *choice_absent(const json_t *document, const struct words *only);
