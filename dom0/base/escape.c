#include "dom0/base/escape.h"

#include <string.h>

struct shown shown(const char *text, size_t length)
{
        struct shown result;

        escape_text(text, length, result.text, sizeof(result.text));
        return result;
}

struct shown shown_string(const char *text)
{
        return text ? shown(text, strlen(text)) : shown("none", 4);
}

size_t text_columns(const char *text)
{
        size_t columns = 0;

        for (; *text; text++)
                columns += ((unsigned char)*text & 0xc0) != 0x80;
        return columns;
}
