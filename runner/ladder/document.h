/* The ladder's file. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "lib/why.h"

/*
 * Writes `document` (NULL: without memory) to `path` so that there is always a whole one: it is
 * made beside it as PATH.new, and takes its place once it is on the disk. Frees the document. When
 * false, `why` (WHY_SIZE bytes) is the reason, and the file is as it was.
 */
bool document_write(const char *path, json_t *document, char *why);
