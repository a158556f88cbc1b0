/*
 * Events as JSON objects (docs/records.md). Plain C11 without a C library: the text's buffer is the
 * bound, and event_end says whether everything fitted.
 */
#pragma once

#include "efi/parse/text.h"

/* Starts {"event": name, "tsc": tsc in `text`, which must be empty. */
void event_begin(struct text *text, const char *name, uint64_t tsc);
void event_add_number(struct text *text, const char *key, uint64_t value);
/* Bytes outside printable ASCII become escapes, each as the Latin-1 character. */
void event_add_string(struct text *text, const char *key, struct slice value);
void event_add_bool(struct text *text, const char *key, bool value);
/* Closes the object. Returns false when it was cut. */
bool event_end(struct text *text);
