#include "lib/quantity.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/number.h"

bool quantity_bytes(const char *text, uint64_t *ret_bytes)
{
        return number_parse_size(text, strlen(text), ret_bytes);
}

bool quantity_ms(const char *text, uint64_t *ret_ms)
{
        static const struct {
                const char *suffix;
                double ms;
        } units[] = { { "ms", 1 }, { "min", 60e3 }, { "s", 1e3 }, { "h", 3600e3 }, { "", 1e3 } };
        size_t length = strlen(text);
        double value;
        char head[32];

        for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
                size_t tail = strlen(units[i].suffix), digits = length - tail;

                if (length < tail || strcmp(text + digits, units[i].suffix) != 0)
                        continue;
                if (digits >= sizeof(head) || strspn(text, "0123456789.") < digits)
                        return false;
                snprintf(head, sizeof(head), "%.*s", (int)digits, text);
                if (!number_f64(head, &value))
                        return false;
                value = ceil(value * units[i].ms);
                if (value >= 0x1p63)
                        return false;
                *ret_ms = (uint64_t)value;
                return true;
        }
        return false;
}
