#include "dom0/print.h"

#include <string.h>

#include "dom0/escape.h"

#define LABEL_COLUMNS 12u

/* Bytes of `text` (valid UTF-8) that take at most `columns`. */
static size_t fitting(const char *text, size_t columns)
{
        size_t length = 0;

        while (text[length]) {
                size_t bytes = utf8_length(text + length, strlen(text + length));

                if (columns-- == 0)
                        break;
                length += bytes ? bytes : 1;
        }
        return length;
}

/* Bytes of the next line: up to the last blank that fits, or all that fits of a long word. */
static size_t next_line(const char *text, size_t columns)
{
        size_t most = fitting(text, columns), end = most;

        if (text[most] == '\0')
                return most;
        while (end > 0 && text[end] != ' ')
                end--;
        return end > 0 ? end : most;
}

void print_wrapped(FILE *to, size_t column, size_t indent, const char *text)
{
        for (;;) {
                size_t length;

                fprintf(to, "%*s", column < indent ? (int)(indent - column) : 0, "");
                length = next_line(text, PRINT_COLUMNS - indent);
                fprintf(to, "%.*s\n", (int)length, text);
                text += length;
                while (*text == ' ')
                        text++;
                if (*text == '\0')
                        return;
                column = 0;
        }
}

void print_labelled(FILE *to, const char *label, const char *text)
{
        fprintf(to, "%s", label);
        print_wrapped(to, strlen(label), LABEL_COLUMNS, text);
}

void print_column(FILE *to, const char *text, size_t width)
{
        size_t columns = text_columns(text);

        if (columns > width)
                fprintf(to, "%.*s~ ", (int)fitting(text, width - 1), text);
        else
                fprintf(to, "%s%*s", text, (int)(width - columns + 1), "");
}

void print_value(const json_t *value, char *out, size_t size)
{
        if (json_is_string(value))
                escape_text(json_string_value(value), json_string_length(value), out, size);
        else if (json_is_integer(value))
                snprintf(out, size, "%lld", (long long)json_integer_value(value));
        else if (json_is_real(value))
                snprintf(out, size, "%.6g", json_real_value(value));
        else
                snprintf(out, size, "-");
}
