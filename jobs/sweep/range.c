#include "jobs/sweep/range.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "jobs/sweep/values.h"

#define MAX_DIGITS 18u /* so many are always an int64_t */

/* units / 10^places */
struct decimal {
        int64_t units;
        unsigned places;
};

struct range {
        struct decimal from, to, step;
};

static bool is_digit(char character)
{
        return character >= '0' && character <= '9';
}

/* Digits into `number`; moves on, and says how many there were. */
static unsigned take_digits(const char **at, struct decimal *number)
{
        unsigned digits = 0;

        for (; is_digit(**at); (*at)++, digits++)
                if (digits < MAX_DIGITS)
                        number->units = 10 * number->units + (**at - '0');
        return digits;
}

/* [-]DIGITS[.DIGITS]; false when there is none, or it has too many digits. */
static bool take_decimal(const char **at, struct decimal *ret_number)
{
        struct decimal number = { 0, 0 };
        bool minus = **at == '-';
        unsigned whole;

        *at += minus || **at == '+';
        while ((*at)[0] == '0' && is_digit((*at)[1]))
                (*at)++;
        whole = take_digits(at, &number);
        if (whole == 0 || whole > MAX_DIGITS)
                return false;
        if ((*at)[0] == '.' && is_digit((*at)[1])) {
                const char *fraction = *at + 1;

                if (strspn(fraction, "0123456789") > MAX_DIGITS - whole)
                        return false;
                *at = fraction;
                number.places = take_digits(at, &number);
        }
        number.units = minus ? -number.units : number.units;
        *ret_number = number;
        return true;
}

static bool take_blanks(const char **at)
{
        size_t blanks = strspn(*at, " \t");

        *at += blanks;
        return blanks > 0;
}

static bool parse(const char *text, struct range *ret_range)
{
        struct range range = { .step = { 1, 0 } };
        const char *at = text;

        if (!take_decimal(&at, &range.from) || strncmp(at, "..", 2) != 0)
                return false;
        at += 2;
        if (!take_decimal(&at, &range.to))
                return false;
        if (take_blanks(&at)) {
                if (strncmp(at, "step", 4) != 0)
                        return false;
                at += 4;
                if (!take_blanks(&at) || !take_decimal(&at, &range.step))
                        return false;
        }
        *ret_range = range;
        return *at == '\0';
}

static bool widen(struct decimal *number, unsigned places)
{
        for (; number->places < places; number->places++)
                if (__builtin_mul_overflow(number->units, 10, &number->units))
                        return false;
        return true;
}

/* All three as units of the same decimal place. */
static bool align(struct range *range)
{
        unsigned places = range->from.places;

        places = range->to.places > places ? range->to.places : places;
        places = range->step.places > places ? range->step.places : places;
        return widen(&range->from, places) && widen(&range->to, places) &&
               widen(&range->step, places);
}

/* Without zeros behind the last digit that counts, and without a point that has none. */
static int format(int64_t units, unsigned places, char text[32])
{
        uint64_t rest = units < 0 ? -(uint64_t)units : (uint64_t)units, ten = 1;

        for (; places > 0 && rest % 10 == 0; places--)
                rest /= 10;
        for (unsigned i = 0; i < places; i++)
                ten *= 10;
        if (places == 0)
                return snprintf(text, 32, "%s%llu", units < 0 ? "-" : "", (unsigned long long)rest);
        return snprintf(text, 32, "%s%llu.%0*llu", units < 0 ? "-" : "",
                (unsigned long long)(rest / ten), (int)places, (unsigned long long)(rest % ten));
}

bool range_expand(const char *text, struct sweep_values *values, char *why)
{
        struct range range;
        uint64_t span, step;
        char number[32];

        if (!parse(text, &range) || !align(&range))
                return why_not(why,
                        "'%s' is no range: A..B or A..B step S, each a decimal number of at most "
                        "%u digits",
                        text, MAX_DIGITS);
        if (range.step.units == 0)
                return why_not(why, "'%s' has a step of 0", text);
        if ((range.step.units > 0) != (range.to.units >= range.from.units) &&
                range.to.units != range.from.units)
                return why_not(why, "'%s' does not come from its first number to its last: %s",
                        text,
                        range.step.units > 0 ? "the step has to be negative"
                                             : "the step has to be positive");
        span = (uint64_t)range.to.units - (uint64_t)range.from.units;
        step = (uint64_t)range.step.units;
        if (range.step.units < 0) {
                span = -span;
                step = -step;
        }
        if (span / step >= VALUES_MAX)
                return why_not(why, "'%s' has more than %u values", text, VALUES_MAX);
        for (uint64_t i = 0; i <= span / step; i++) {
                int64_t units =
                        (int64_t)((uint64_t)range.from.units + i * (uint64_t)range.step.units);
                int length = format(units, range.from.places, number);

                if (!values_add(values, number, (size_t)length, why))
                        return false;
        }
        return true;
}
