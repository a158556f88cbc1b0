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

/* -1.5 and the like: no program takes that for a formula, and every one for a number. */
static bool is_number(const char *text)
{
        size_t whole, fraction = 0;

        text += *text == '-';
        whole = strspn(text, "0123456789");
        text += whole;
        if (*text == '.')
                fraction = strspn(++text, "0123456789");
        return whole > 0 && (fraction > 0 || text[-1] != '.') && text[fraction] == '\0';
}

void cell_name(FILE *to, const char *name)
{
        if (name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")])
                cell_text(to, name, strlen(name));
        else
                fputs(name, to);
}

void cell_plain(FILE *to, const json_t *value)
{
        if (json_is_string(value) && is_number(json_string_value(value)))
                fputs(json_string_value(value), to);
        else
                cell_value(to, value);
}
