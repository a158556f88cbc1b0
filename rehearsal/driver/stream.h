/* Streams and events. */
#ifndef FORESTAGE_REHEARSAL_DRIVER_STREAM_H
#define FORESTAGE_REHEARSAL_DRIVER_STREAM_H

#include "rehearsal/driver/current.h"

/* All of the context's streams and events. */
void streams_free(struct context *context);

#endif
