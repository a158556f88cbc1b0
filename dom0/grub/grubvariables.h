/* The variables of a GRUB script, as a JSON object of strings. Pure. */
#pragma once

#include <stdbool.h>

#include <jansson.h>

/* An entry that GRUB starts at its next boot, and once only: what grubenv says of it. */
struct grub_once {
        char *variable, *entry; /* both owned; NULL: there is none */
};

/* What a GRUB of our days has set before it reads its configuration, on UEFI. */
void grub_variables_start(json_t *variables, const char *device, const char *folder);

/* Bytes that are no UTF-8 are kept as they are. */
void grub_variables_set(json_t *variables, const char *name, const char *value);
const char *grub_variables_get(const json_t *variables, const char *name); /* "": not set */

/* Leaves what another configuration gets: what GRUB sets by itself, and what is in `exported`. */
void grub_variables_drop(json_t *variables, const json_t *exported);

/*
 * load_env: takes the variables of the file grubenv (NULL: there is none) that are in `names`
 * (an array of `count`; 0: all). False: it is no such file. What counts for one boot only is not
 * taken but noted in `once`: next_entry, XCP-ng's override_entry, and prev_saved_entry, which
 * comes back as saved_entry.
 */
bool grub_variables_load(json_t *variables, const char *environment, char *const names[],
        size_t count, struct grub_once *once);
void grub_once_free(struct grub_once *once);
