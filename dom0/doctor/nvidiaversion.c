#include "dom0/doctor/nvidiaversion.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Dotted numbers in one that compares as they do. */
static bool read_version(const char *text, unsigned long *ret_number)
{
        unsigned major, minor, patch = 0;

        if (sscanf(text, "%4u.%3u.%3u", &major, &minor, &patch) < 2)
                return false;
        *ret_number = major * 1000000ul + minor * 1000ul + patch;
        return true;
}

enum nvidia_check nvidia_check(const char *version, bool is_open)
{
        unsigned long number;

        if (!read_version(version, &number))
                return NVIDIA_UNREAD;
        if (number >= 515043004ul && number <= 595080000ul)
                return NVIDIA_REFUSES;
        return number >= 610043002ul && is_open ? NVIDIA_ACCEPTS : NVIDIA_UNREAD;
}

bool nvidia_parse(const char *line, struct nvidia *ret_nvidia)
{
        struct nvidia found = { .loaded = true, .installed = true };

        found.is_open = strstr(line, "Open Kernel Module") != NULL;
        while (*line) {
                size_t length = strcspn(line, " \t");

                if (isdigit((unsigned char)*line) && memchr(line, '.', length) &&
                        strspn(line, "0123456789.") == length && length < sizeof(found.version)) {
                        snprintf(found.version, sizeof(found.version), "%.*s", (int)length, line);
                        *ret_nvidia = found;
                        return true;
                }
                line += length;
                line += strspn(line, " \t");
        }
        return false;
}
