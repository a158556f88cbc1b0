#include "dom0/problems.h"

#include <stdarg.h>
#include <stdio.h>

#include "dom0/escape.h"

void problem(struct problems *problems, const char *format, ...)
{
        char text[1024];
        va_list arguments;
        json_t *string;

        if (problems->count++ >= PROBLEMS_KEPT)
                return;
        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        string = json_string(text);
        if (!string) /* vsnprintf cut a character in two */
                string = json_string("a reason is too long to be shown");
        json_array_append_new(problems->list, string);
}

void problems_finish(struct problems *problems)
{
        char text[64];

        if (problems->count <= PROBLEMS_KEPT)
                return;
        snprintf(text, sizeof(text), "and %zu more", problems->count - PROBLEMS_KEPT);
        json_array_append_new(problems->list, json_string(text));
}
