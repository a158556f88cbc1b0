/* A GPU's standing condition held against its limits: what the record has of it. Pure. */
#pragma once

#include <jansson.h>

#include "jobs/standing/limit.h"

/*
 * A list of {"item", "limit", "value", "status"}; without "value" it cannot be read. `ret_failed`
 * counts those that fail; `reason` (WHY_SIZE bytes, "" if none does) is of the first.
 */
json_t *check_standing_judge(const struct words *asked, const struct standing *standing,
        size_t *ret_failed, char *reason);

/* Whether the list is what the limits of the plan (standing_write) make of its values, and nothing
 * in it fails; else `why`. */
bool check_standing_holds(const json_t *promise, const json_t *list, char *why);
