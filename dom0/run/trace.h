/* What comes across on the way in is noted, record by record (dom0/run/seen.h). Pure. */
#pragma once

#include <stddef.h>

#include <jansson.h>

#include "dom0/run/intake.h"
#include "record/schema.h"

void proof_start(struct proof *proof);
void proof_clear(struct proof *proof);

/* Notes the first key that records of version 2 have and this one has not. */
void proof_note_lack(struct proof *proof, const json_t *object, const struct record_key *table,
        const char *what);

/* Notes a good EVENT, a RESULT or a FILE of JOB/DEVICE, in the order of the records. */
void proof_take_event(struct intake *intake, const char *name, const json_t *event);
void proof_take_result(struct intake *intake, const char *key);
void proof_take_file(struct intake *intake, const char *key);

/* How many events of this name there were so far. */
size_t proof_count(const struct proof *proof, const char *name);

/* What was seen of the job on the device, or NULL. */
const struct trace *proof_trace(const struct proof *proof, const char *key);
