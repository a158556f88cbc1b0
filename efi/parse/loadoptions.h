/* The words that whoever started this program has given it (UEFI 2.10, 9.1.1). Plain C11. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Whether `word`, plain ASCII, is one of the words in the `bytes` of UTF-16 at `options`; blanks
 * and NULs divide words. `options` may be NULL and may hold anything: boot entries carry data of
 * all kinds.
 */
bool loadoptions_have(const void *options, size_t bytes, const char *word);
