/* The conditions of a GRUB script: `[ … ]` and `test …` (grub-core/commands/test.c). Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dom0/grub/grubfiles.h"

/* What is at a path, as it stands in the script. */
typedef enum grub_file_type (*grub_look)(void *context, const char *path, uint64_t *ret_size);

/*
 * Whether the expression holds. `words` start behind the command's name; the `]` of a `[` is one of
 * them. Which of two files is newer is not asked: -nt and -ot do not hold.
 */
bool grub_test(char *const words[], size_t count, grub_look look, void *context);
