#include "dom0/figures/cell.h"

#include <string.h>

#include "dom0/base/escape.h"

#define TEXT_SIZE 4096u /* four times the longest reason */

void cell_text(FILE *to, const char *text, size_t length)
{
        char safe[TEXT_SIZE];

        escape_text(text, length, safe, sizeof(safe));
        fputs(*safe && strchr("=+-@", *safe) ? "\"'" : "\"", to);
        for (const char *at = safe; *at; at++) {
                if (*at == '"')
                        putc('"', to);
                putc(*at, to);
        }
        putc('"', to);
}

void cell_value(FILE *to, const json_t *value)
{
        if (json_is_string(value))
                cell_text(to, json_string_value(value), json_string_length(value));
        else if (json_is_integer(value))
                fprintf(to, "%lld", (long long)json_integer_value(value));
        else if (json_is_real(value))
                fprintf(to, "%.15g", json_real_value(value));
        else if (json_is_boolean(value))
                fputs(json_is_true(value) ? "true" : "false", to);
}
