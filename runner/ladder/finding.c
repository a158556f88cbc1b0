#include "runner/ladder/finding.h"

#include <stdarg.h>
#include <stdio.h>

#include "lib/text.h"
#include "runner/process/report.h"

void finding_start(struct finding *ret_finding)
{
        ret_finding->status = STATUS_PASS;
        ret_finding->reason[0] = '\0';
        ret_finding->figures = json_object();
}

bool finding_say(struct finding *finding, enum status status, const char *format, ...)
{
        va_list arguments;

        if (finding->reason[0])
                return false;
        va_start(arguments, format);
        vsnprintf(finding->reason, sizeof(finding->reason), format, arguments);
        va_end(arguments);
        text_make_line(finding->reason);
        finding->status = status;
        return false;
}

void finding_note(struct finding *finding, const char *key, json_t *value)
{
        json_object_set_new(finding->figures, key, value);
}

void finding_count(struct finding *finding, const char *key, uint64_t value)
{
        finding_note(finding, key, json_integer((json_int_t)value));
}

void finding_rate(struct finding *finding, const char *key, uint64_t bytes, double seconds)
{
        if (seconds > 0)
                finding_note(finding, key, json_real((double)bytes / seconds / 1e9));
}

void finding_report(struct finding *finding, int fd, double seconds)
{
        report(fd, json_pack("{s:s, s:i, s:s, s:f, s:o}", "type", "finding", "status",
                           (int)finding->status, "reason", finding->reason, "seconds", seconds,
                           "figures", finding->figures));
        finding->figures = NULL;
}
