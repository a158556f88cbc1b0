#include "region/bootline.h"

#include "lib/number.h"
#include "lib/uuid.h"
#include "region/region.h"

#define PAGE_SIZE          4096u
#define PHYSICAL_ADDRESSES ((uint64_t)1 << 52) /* the most that x86-64 page tables can hold */

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const char *split(const char *text, size_t length, struct memory_range *ret_range)
{
        size_t comma = 0;

        while (comma < length && text[comma] != ',')
                comma++;
        if (comma == length)
                return "is not ADDRESS,SIZE";
        if (!number_parse(text, comma, &ret_range->address))
                return "has an address that is no number";
        if (!number_parse_size(text + comma + 1, length - comma - 1, &ret_range->size))
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
        line->has_run = uuid_parse(value, length, line->run_id);
        return line->has_run ? NULL : "is not a UUID";
}

static const char *take_ebda(const char *value, size_t length, struct bootline *line)
{
        return number_parse(value, length, &line->ebda) ? NULL : "is not a number";
}

static const char *take_rsdp(const char *value, size_t length, struct bootline *line)
{
        return number_parse(value, length, &line->rsdp) ? NULL : "is not a number";
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
