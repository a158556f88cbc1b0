#include "runner/process/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/text.h"

void report(int fd, json_t *message)
{
        static char line[REPORT_MAX_LINE];
        size_t length = message ? json_dumpb(message, line, sizeof(line) - 1, JSON_COMPACT) : 0;

        if (length == 0 || length >= sizeof(line))
                _exit(1);
        line[length] = '\n';
        if (!io_write(fd, line, length + 1))
                _exit(1);
        json_decref(message);
}

void report_step(int fd, const char *name)
{
        report(fd, json_pack("{s:s, s:s}", "type", "step", "name", name));
}

void report_timing(int fd, const char *name, double seconds)
{
        report(fd, json_pack("{s:s, s:s, s:f}", "type", "timing", "name", name, "s", seconds));
}

void report_error(int fd, const char *format, ...)
{
        char reason[4096];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(reason, sizeof(reason), format, arguments);
        va_end(arguments);
        text_make_line(reason);
        report(fd, json_pack("{s:s, s:s}", "type", "error", "reason", reason));
}
