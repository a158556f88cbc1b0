/* Streams and events. */
#pragma once

#include "rehearsal/driver/current.h"

/* All of the context's streams and events. */
void streams_free(struct context *context);
