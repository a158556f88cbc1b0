/* Events: what happened when, as records of the region (docs/records.md). */
#pragma once

#include <jansson.h>

#include "initramfs/stage/stage.h"

/*
 * Appends an EVENT with `detail`'s keys (an object, taken over by this call; NULL: none) and the
 * time. Without a region, or when it does not fit, the event is only said on the console.
 */
void event_add(struct stage *stage, const char *name, json_t *detail);

/* Appends a FILE of `length` bytes, cut to what fits: a log is worth having in part. */
void event_file(struct stage *stage, const char *name, const char *text, size_t length);

/* Appends the RUN record, the last of all. */
bool event_run(struct stage *stage);
