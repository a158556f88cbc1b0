#include "dom0/base/problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/escape.h"

void problem(struct problems *problems, const char *format, ...)
{
        char text[1024], safe[1024];
        va_list arguments;

        if (problems->count++ >= PROBLEMS_KEPT)
                return;
        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        escape_text(text, strlen(text), safe, sizeof(safe));
        json_array_append_new(problems->list, json_string(safe));
}

void problems_finish(struct problems *problems)
{
        char text[64];

        if (problems->count <= PROBLEMS_KEPT)
                return;
        snprintf(text, sizeof(text), "and %zu more", problems->count - PROBLEMS_KEPT);
        json_array_append_new(problems->list, json_string(text));
}
