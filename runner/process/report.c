#include "runner/process/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/text.h"

static void *shared;

void report_have_board(void *board)
{
        shared = board;
}

void *report_board(void)
{
        return shared;
}

/* Lines that have not been written yet. */
static char waiting[2 * REPORT_MAX_LINE];
static size_t waiting_length;

static void add_line(json_t *message)
{
        char *line = waiting + waiting_length;
        size_t length = message ? json_dumpb(message, line, REPORT_MAX_LINE - 1, JSON_COMPACT) : 0;

        if (length == 0 || length >= REPORT_MAX_LINE)
                _exit(1);
        line[length] = '\n';
        waiting_length += length + 1;
        json_decref(message);
}

static void write_lines(int fd)
{
        if (!io_write(fd, waiting, waiting_length))
                _exit(1);
        waiting_length = 0;
}

void report(int fd, json_t *message)
{
        add_line(message);
        write_lines(fd);
}

void report_step(int fd, const char *name)
{
        report(fd, json_pack("{s:s, s:s}", "type", "step", "name", name));
}

void report_timing(int fd, const char *name, double seconds)
{
        add_line(json_pack("{s:s, s:s, s:f}", "type", "timing", "name", name, "s", seconds));
        if (waiting_length >= REPORT_MAX_LINE)
                write_lines(fd);
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
