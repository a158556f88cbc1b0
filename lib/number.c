#include "lib/number.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "region/number.h"

bool number_u64(const char *text, uint64_t *ret_value)
{
        return number_parse(text, strlen(text), ret_value);
}

bool number_i64(const char *text, int64_t *ret_value)
{
        bool negative = text[0] == '-';
        uint64_t limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);
        uint64_t magnitude;

        if (!number_u64(text + (negative ? 1 : 0), &magnitude) || magnitude > limit)
                return false;
        if (!negative)
                *ret_value = (int64_t)magnitude;
        else
                *ret_value = magnitude == limit ? INT64_MIN : -(int64_t)magnitude;
        return true;
}

/* Copies the part before the last `tail` characters; false when it is too long for a number. */
static bool head_of(const char *text, size_t tail, char *ret_head, size_t size)
{
        size_t length = strlen(text);

        if (length < tail || length - tail >= size)
                return false;
        memcpy(ret_head, text, length - tail);
        ret_head[length - tail] = '\0';
        return true;
}

bool number_size(const char *text, uint64_t *ret_bytes)
{
        return number_parse_size(text, strlen(text), ret_bytes);
}

bool number_duration_ms(const char *text, uint64_t *ret_ms)
{
        static const struct {
                const char *suffix;
                double ms;
        } units[] = { { "ms", 1 }, { "min", 60e3 }, { "s", 1e3 }, { "h", 3600e3 }, { "", 1e3 } };
        size_t length = strlen(text);
        double value;
        char head[32];

        for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
                size_t tail = strlen(units[i].suffix);

                if (length < tail || strcmp(text + length - tail, units[i].suffix) != 0)
                        continue;
                if (!head_of(text, tail, head, sizeof(head)) ||
                        strspn(head, "0123456789.") != strlen(head) || !number_f64(head, &value))
                        return false;
                value = ceil(value * units[i].ms);
                if (value >= 0x1p63)
                        return false;
                *ret_ms = (uint64_t)value;
                return true;
        }
        return false;
}

bool number_f64(const char *text, double *ret_value)
{
        double value;
        char *end;

        if (!text[0] || isspace((unsigned char)text[0]))
                return false;
        errno = 0;
        value = strtod(text, &end);
        if (*end || (errno == ERANGE && isinf(value)))
                return false;
        *ret_value = value;
        return true;
}

bool number_f32(const char *text, float *ret_value)
{
        float value;
        char *end;

        if (!text[0] || isspace((unsigned char)text[0]))
                return false;
        errno = 0;
        value = strtof(text, &end);
        if (*end || (errno == ERANGE && isinf(value)))
                return false;
        *ret_value = value;
        return true;
}
