#include "runner/say.h"

#include <stdarg.h>
#include <string.h>

#include "lib/escape.h"

void say_line(FILE *to, const char *format, ...)
{
        char text[SAY_MAX], safe[SAY_MAX];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        escape_text(text, strlen(text), safe, sizeof(safe));
        fprintf(to, "%s\n", safe);
}
