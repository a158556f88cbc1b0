/* The JSON of the runner's records (docs/records.md), from what they are about. Pure. */
#pragma once

#include <jansson.h>

#include "jobs/compare.h"
#include "runner/record/device.h"
#include "runner/record/outcome.h"
#include "runner/record/plan.h"

json_t *record_device(const struct device *device);

/* The other way round, of what a child said; false when it is not such an object. */
bool record_read_device(const json_t *object, struct device *ret_device);

/*
 * The text of the event run.plan, `event` with its list of entries, and how long it is; the caller
 * frees it. NULL without memory. It is made entry by entry: as one object the plan of a long sweep
 * would take ten times its text. Each entry says what the job promises to record when it runs to
 * its end
 * ("promise" of docs/records.md), which is what its pass is held against.
 */
char *record_plan(const json_t *event, const struct plan *plan, size_t *ret_bytes);

/* "worst" of docs/records.md. NaN and infinities, which JSON does not have, become strings. */
json_t *record_worst(enum element_type type, const struct worst *worst);

/* A RESULT. `rehearsal` is that of the machine, for an entry without a device. */
json_t *record_result(const struct entry *entry, const struct outcome *outcome, bool rehearsal);

/* Adds "job" and "device" to an event. */
void record_name_entry(json_t *event, const struct entry *entry);
