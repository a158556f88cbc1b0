#include "lib/why.h"

#include <stdarg.h>
#include <stdio.h>

bool why_not(char *why, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(why, WHY_SIZE, format, arguments);
        va_end(arguments);
        return false;
}
