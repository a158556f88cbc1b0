/* The firmware's console: the screen, and the serial line where the firmware has one there. */
#pragma once

#include <stdbool.h>

/*
 * Prints with the formats of text_add; "\n" ends a line. Bytes that are not printable ASCII come
 * out as `?`, so text from files can be printed as it is. Longer messages than CONSOLE_MAX_BYTES
 * are cut.
 */
#define CONSOLE_MAX_BYTES 2400u /* the longest command line, and some words before it */

void console_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Counts `seconds` down in one line that starts with "forestage: run NAME starts in". Keys pressed
 * before do not count. Returns true when a key was pressed.
 */
bool console_countdown(const char *name, unsigned seconds);
