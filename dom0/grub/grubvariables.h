/* The variables of a GRUB script, as a JSON object of strings. Pure. */
#pragma once

#include <jansson.h>

/* What a GRUB of our days has set before it reads its configuration, on UEFI. */
void grub_variables_start(json_t *variables);

/* Bytes that are no UTF-8 are kept as they are. */
void grub_variables_set(json_t *variables, const char *name, const char *value);

/*
 * load_env: takes the variables of the file grubenv (NULL: there is none), but for next_entry,
 * which counts for one boot only.
 */
void grub_variables_load(json_t *variables, const char *environment);
