#include "dom0/doctor/kernellog.h"

#include <stdio.h>
#include <string.h>

#define RECORD_MAX 8192 /* bytes; the kernel gives no longer one */

bool kernellog_next(const char **at, char *out, size_t size)
{
        while (**at) {
                const char *line = *at, *text;
                size_t length = strcspn(line, "\n");

                *at += length + (line[length] == '\n');
                text = memchr(line, ';', length);
                if (*line == ' ' || !text)
                        continue;
                text++;
                length -= (size_t)(text - line);
                while (length > 0 && text[length - 1] == ' ')
                        length--;
                snprintf(out, size, "%.*s", (int)length, text);
                return true;
        }
        return false;
}

bool kernellog_find(const char *log, const char *mark, char *out, size_t size)
{
        char text[RECORD_MAX];

        while (kernellog_next(&log, text, sizeof(text)))
                if (strstr(text, mark)) {
                        snprintf(out, size, "%s", text);
                        return true;
                }
        return false;
}

bool kernellog_has(const char *log, const char *mark)
{
        char line[512];

        return log && kernellog_find(log, mark, line, sizeof(line));
}

bool kernellog_is_whole(const char *log)
{
        unsigned long long sequence;

        return sscanf(log, "%*u,%llu,", &sequence) == 1 && sequence == 0;
}
