/* Where the run happens: the run.where event. What cannot be found out is null. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "runner/record/device.h"

/* Adds all keys of run.where to `event`. */
void where_describe(json_t *event, const struct machine *machine);

/* --- pure parts --- */

/*
 * The version in the first line of /proc/driver/nvidia/version, whose words differ between the open
 * and the other module: the first one that is digits with dots in between.
 */
bool where_driver_version(const char *text, char *ret_version, size_t size);

/* The value of a "Key:   value" line, without the blanks around it. */
bool where_value_of(const char *text, const char *key, char *ret_value, size_t size);

/* The message of a /dev/kmsg record when it is Linux's line about the PAT. */
bool where_pat_line(const char *record, char *ret_line, size_t size);
