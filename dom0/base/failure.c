#include "dom0/base/failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/escape.h"

/* `arguments` may lead into the failure's own text. */
__attribute__((format(printf, 3, 0))) static void fill(
        struct failure *failure, enum exit_code code, const char *format, va_list arguments)
{
        char text[2 * sizeof(failure->text)];

        vsnprintf(text, sizeof(text), format, arguments);
        failure->code = code;
        escape_text(text, strlen(text), failure->text, sizeof(failure->text));
}

bool fail(struct failure *failure, enum exit_code code, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        fill(failure, code, format, arguments);
        va_end(arguments);
        return false;
}

bool fail_errno(struct failure *failure, enum exit_code code, const char *what, const char *path)
{
        return fail(failure, code, "%s %s: %s", what, path, strerror(errno));
}

int failure_print(const struct failure *failure)
{
        fprintf(stderr, "forestage: %s\n", failure->text);
        return failure->code;
}

int complain(enum exit_code code, const char *format, ...)
{
        struct failure failure;
        va_list arguments;

        va_start(arguments, format);
        fill(&failure, code, format, arguments);
        va_end(arguments);
        return failure_print(&failure);
}
