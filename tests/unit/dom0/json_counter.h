/* What jansson takes of memory, counted as glibc hands it out. */
#pragma once

#include <stddef.h>

/* From now on, for all of jansson; before the first value is made. */
void json_counter_start(void);

/* The most that was held at once since the last call, beyond what was held at that call. */
size_t json_counter_peak(void);
