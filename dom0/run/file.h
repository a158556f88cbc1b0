/* FILE records on their way into a run. */
#pragma once

#include "dom0/run/intake.h"

/* Takes a good one. */
void intake_take_file(struct intake *intake, const struct region_record *record);

/* The same of a STORED record. */
void intake_take_stored(struct intake *intake, const struct region_record *record);

/* Has each file that is in the store read there; NULL: there is no store. */
void intake_prove_stored(struct intake *intake, const struct run_store *store);

/* The record with this path, or NULL. */
const struct run_file *intake_find_file(const struct intake *intake, const char *path);
