#include "lib/number.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/number.h"

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
