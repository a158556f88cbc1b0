/*
 * What debug=yes in forestage.conf adds to the console: each step as it begins, and what it works
 * on. A machine that stops there has its last line to go by.
 */
#pragma once

#include <stdbool.h>

/* Off until forestage.conf has been read. */
void debug_set(bool on);

/* One line, "forestage: debug: …", with the formats of console_print; nothing while it is off. */
void debug_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Which program this is, where the firmware has put it, and who the firmware is. */
void debug_say_program(void);
