/* What the kernel's log says of NVIDIA's modules. */
#pragma once

#include <jansson.h>

#include "runner/machine/kernel_log.h"

#define NVRM_MOST 12u /* lines: of more, the last ones */

/* Starts with what is in the log already, and not behind it. */
void nvrm_rewind(struct kernel_log *log);

/* Reads all there is to read, and adds to `list` (NULL: to nothing) the messages of the modules. */
void nvrm_read(struct kernel_log *log, json_t *list);

/* Whether the line of /dev/kmsg is about them; `*ret_message` is what it says, within `line`. */
bool nvrm_message(const char *line, const char **ret_message);
