#include "region/bootline.h"

#include "region/hex.h"
#include "region/region.h"

#define PAGE_SIZE          4096u
#define PHYSICAL_ADDRESSES ((uint64_t)1 << 52) /* the most that x86-64 page tables can hold */

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* The value of `unit` as a factor: K, M, G, T are powers of 1024; 0: it is none. */
static uint64_t factor_of(char unit)
{
        static const char units[] = "KMGT";

        for (unsigned int i = 0; units[i] != '\0'; i++)
                if (units[i] == unit)
                        return (uint64_t)1024 << 10 * i;
        return 0;
}

bool bootline_size(const char *text, size_t length, uint64_t *ret_bytes)
{
        uint64_t factor = length > 0 ? factor_of(text[length - 1]) : 0, number;

        return bootline_number(text, length - (factor > 0), &number) &&
               !__builtin_mul_overflow(number, factor > 0 ? factor : 1, ret_bytes);
}

bool bootline_number(const char *text, size_t length, uint64_t *ret_number)
{
        bool hexadecimal = length > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
        int base = hexadecimal ? 16 : 10;
        uint64_t number = 0;

        if (length == 0)
                return false;
        for (size_t i = hexadecimal ? 2 : 0; i < length; i++) {
                int digit = hex_value(text[i]);

                if (digit < 0 || digit >= base)
                        return false;
                if (__builtin_mul_overflow(number, (uint64_t)base, &number) ||
                        __builtin_add_overflow(number, (uint64_t)digit, &number))
                        return false;
        }
        *ret_number = number;
        return true;
}

static const char *split(const char *text, size_t length, struct memory_range *ret_range)
{
        size_t comma = 0;

        while (comma < length && text[comma] != ',')
                comma++;
        if (comma == length)
                return "is not ADDRESS,SIZE";
        if (!bootline_number(text, comma, &ret_range->address))
                return "has an address that is no number";
        if (!bootline_size(text + comma + 1, length - comma - 1, &ret_range->size))
                return "has a size that is no number";
        return NULL;
}

static const char *range_problem(const struct memory_range *range)
{
        if (range->address == 0 || range->address % PAGE_SIZE != 0)
                return "has an address that is not a multiple of 4096";
        if (range->size < REGION_MIN_SIZE || range->size % PAGE_SIZE != 0)
                return "has a size that is not a multiple of 4096, or below 65536";
        if (range->size > PHYSICAL_ADDRESSES || range->address > PHYSICAL_ADDRESSES - range->size)
                return "ends behind the last physical address";
        return NULL;
}

const char *memory_range_parse(const char *text, size_t length, struct memory_range *ret_range)
{
        struct memory_range range;
        const char *problem = split(text, length, &range);

        if (!problem)
                problem = range_problem(&range);
        if (!problem)
                *ret_range = range;
        return problem;
}

bool memory_range_is_meant(
        const char *text, size_t length, struct memory_range *ret_range, const char **ret_problem)
{
        struct memory_range range;

        if (split(text, length, &range))
                return false;
        *ret_problem = range_problem(&range);
        if (!*ret_problem)
                *ret_range = range;
        return true;
}

static const char *take_region(const char *value, size_t length, struct bootline *line)
{
        const char *problem = memory_range_parse(value, length, &line->region);

        line->has_region = problem == NULL;
        return problem;
}

static const char *take_run(const char *value, size_t length, struct bootline *line)
{
        line->has_run = region_uuid_parse(value, length, line->run_id);
        return line->has_run ? NULL : "is not a UUID";
}

static const char *take_ebda(const char *value, size_t length, struct bootline *line)
{
        return bootline_number(value, length, &line->ebda) ? NULL : "is not a number";
}

static const char *take_rsdp(const char *value, size_t length, struct bootline *line)
{
        return bootline_number(value, length, &line->rsdp) ? NULL : "is not a number";
}

static const struct {
        const char *name;
        const char *(*take)(const char *value, size_t length, struct bootline *line);
} parameters[] = {
        { "forestage.region=", take_region },
        { "forestage.run=", take_run },
        { "forestage.ebda=", take_ebda },
        { "forestage.rsdp=", take_rsdp },
};

/* The length of `prefix` when the word starts with it, else 0. */
static size_t starts_with(const char *word, size_t length, const char *prefix)
{
        size_t i = 0;

        while (i < length && prefix[i] != '\0' && word[i] == prefix[i])
                i++;
        return prefix[i] == '\0' ? i : 0;
}

static bool take_word(
        const char *word, size_t length, struct bootline *line, struct bootline_error *ret_error)
{
        for (size_t i = 0; i < LENGTH(parameters); i++) {
                size_t prefix = starts_with(word, length, parameters[i].name);
                const char *problem;

                if (prefix == 0)
                        continue;
                problem = parameters[i].take(word + prefix, length - prefix, line);
                if (problem)
                        *ret_error = (struct bootline_error){ parameters[i].name, problem };
                return problem == NULL;
        }
        return true;
}

static bool is_space(char c)
{
        return c == ' ' || c == '\t' || c == '\n' || c == '\0';
}

bool bootline_parse(const char *text, size_t length, struct bootline *ret_line,
        struct bootline_error *ret_error)
{
        struct bootline line = { 0 };

        for (size_t at = 0; at < length;) {
                size_t end = at;

                while (end < length && !is_space(text[end]))
                        end++;
                if (end - at == 2 && text[at] == '-' && text[at + 1] == '-')
                        break;
                if (!take_word(text + at, end - at, &line, ret_error))
                        return false;
                at = end + 1;
        }
        *ret_line = line;
        return true;
}
