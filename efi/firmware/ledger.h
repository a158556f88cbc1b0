/* The region while this program owns it: formatted, with our events as its first records. */
#pragma once

#include "efi/firmware/pages.h"
#include "region/region.h"

/* Formats the reserved pages as a region of the run and opens it for events. */
bool ledger_open(const struct pages *pages, const uint8_t run_id[16],
        struct region_writer *ret_writer, struct text *reason);

/* Appends an event whose object event_end has closed. */
bool ledger_append(struct region_writer *writer, const char *name, const struct text *event,
        struct text *reason);
