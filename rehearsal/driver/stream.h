/* Streams and events. */
#pragma once

#include "rehearsal/driver/current.h"

/* Whether what is in the stream comes behind what is in the context's own: not if it is
 * non-blocking. */
bool stream_waits(const struct stream *stream);

/* All of the context's streams and events. */
void streams_free(struct context *context);
