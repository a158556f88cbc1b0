/* Escaped text by value, for what is put together with printf. */
#pragma once

#include "lib/escape.h"

#define SHOWN_SIZE 256u

/* A piece of text by value, for the arguments of printf: shown(name, length).text */
struct shown {
        char text[SHOWN_SIZE];
};

struct shown shown(const char *text, size_t length);
struct shown shown_string(const char *text); /* NULL is "none" */

/* The same as an argument of printf. */
#define SHOWN(string) (shown_string(string).text)

/* Columns that valid UTF-8 takes, counting one for a character. */
size_t text_columns(const char *text);
