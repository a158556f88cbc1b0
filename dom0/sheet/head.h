/* What stands at the top of a sheet: what it is of, what came out, and where a person signs. */
#pragma once

#include "dom0/sheet/sheet.h"

void head_put(const struct sheet *sheet);

/* How many jobs and tests came to what: "Jobs: 2 passed. Tests: 17 passed, 2 skipped." */
void head_put_counts(FILE *to, const json_t *document);

/* Which GPUs are below a limit of their model, or of what their units can do; nothing if none. */
void head_put_below(const struct sheet *sheet);
