/* The conditions of a GRUB script: `[ … ]` and `test …`. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether a command that stands behind `if` succeeds: tests of strings and numbers are computed,
 * files that are tested for are taken to be there, and any other command to succeed (but false).
 */
bool grub_test(char *const words[], size_t count);
