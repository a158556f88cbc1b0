/* $1 … $9, $#, $@ and $*: what a function or an entry was called with. Pure. */
#pragma once

#include <stddef.h>

#include <jansson.h>

/* Sets them, and gives back what they were, for grub_parameters_restore. */
json_t *grub_parameters_set(json_t *variables, char *const words[], size_t count);

/* Takes `before` over. */
void grub_parameters_restore(json_t *variables, json_t *before);
