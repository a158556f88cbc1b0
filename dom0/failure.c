#include "dom0/failure.h"

#include <stdarg.h>
#include <stdio.h>

bool fail(struct failure *failure, enum exit_code code, const char *format, ...)
{
        va_list arguments;

        failure->code = code;
        va_start(arguments, format);
        vsnprintf(failure->text, sizeof(failure->text), format, arguments);
        va_end(arguments);
        return false;
}

int failure_print(const struct failure *failure)
{
        fprintf(stderr, "forestage: %s\n", failure->text);
        return failure->code;
}
