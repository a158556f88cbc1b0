#include "dom0/base/print.h"

#include <stdarg.h>
#include <string.h>

#include "dom0/base/memory.h"
#include "lib/cleanup.h"
#include "lib/utf8.h"

#define LABEL_COLUMNS 12u

/* All of `text`, escaped; owned by the caller. */
static char *make_safe(const char *text)
{
        size_t length = strlen(text), size = 4 * length + 8;
        char *safe = memory_get(size);

        escape_text(text, length, safe, size);
        return safe;
}

void print_line(FILE *to, const char *format, ...)
{
        _cleanup_free_ char *text = NULL, *safe = NULL;
        va_list arguments;

        va_start(arguments, format);
        text = memory_format_list(format, arguments);
        va_end(arguments);
        safe = make_safe(text);
        fprintf(to, "%s\n", safe);
}

void print_lines(FILE *to, const char *text)
{
        for (; *text; text += *text == '\n') {
                size_t length = strcspn(text, "\n");

                print_line(to, "%.*s", (int)length, text);
                text += length;
        }
}

/* Bytes of `text` (valid UTF-8) that take at most `columns`. */
static size_t fitting(const char *text, size_t columns)
{
        size_t length = 0;

        while (text[length]) {
                size_t bytes = utf8_length(text + length, strnlen(text + length, 4));

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

static void wrap(FILE *to, size_t column, size_t indent, const char *text)
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

void print_wrapped(FILE *to, size_t column, size_t indent, const char *text)
{
        _cleanup_free_ char *safe = make_safe(text);

        wrap(to, column, indent, safe);
}

void print_labelled(FILE *to, const char *label, const char *format, ...)
{
        size_t columns = text_columns(label);
        _cleanup_free_ char *text = NULL;
        va_list arguments;

        va_start(arguments, format);
        text = memory_format_list(format, arguments);
        va_end(arguments);
        fprintf(to, "%s", label);
        print_wrapped(to, columns, columns > LABEL_COLUMNS ? columns : LABEL_COLUMNS, text);
}

void print_column(FILE *to, const char *text, size_t width)
{
        _cleanup_free_ char *safe = make_safe(text);
        size_t columns = text_columns(safe);

        if (columns > width)
                fprintf(to, "%.*s~ ", (int)fitting(safe, width - 1), safe);
        else
                fprintf(to, "%s%*s", safe, (int)(width - columns + 1), "");
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

struct shown shown_value(const json_t *value)
{
        struct shown result;

        print_value(value, result.text, sizeof(result.text));
        return result;
}
