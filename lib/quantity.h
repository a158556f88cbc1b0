/*
 * Sizes and durations as people write them in job files and on the command line: numbers with a
 * unit. Pure, and as strict as number.h. What a key takes at most stands beside it (jobkeys.c).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* A number with an optional K, M, G or T behind it (powers of 1024), in bytes. */
bool quantity_bytes(const char *text, uint64_t *ret_bytes);

/* A decimal number with ms, s, min or h behind it; without a unit it is in seconds. */
bool quantity_ms(const char *text, uint64_t *ret_ms);
