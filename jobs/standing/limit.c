#include "jobs/standing/limit.h"

#include <stdio.h>
#include <string.h>

#include "lib/number.h"

#define IF_READABLE " if readable"

static bool is_one_of(const char *words, const char *word)
{
        size_t length = strlen(word);

        for (const char *at = words; at; at = strchr(at, ' ')) {
                at += *at == ' ';
                if (strncmp(at, word, length) == 0 && (at[length] == ' ' || !at[length]))
                        return true;
        }
        return !words;
}

static bool take_value(const char *value, bool most, struct standing_limit *limit, char *why)
{
        const struct standing_row *item = &standing_rows[limit->item];

        limit->any = !most && strcmp(value, "any") == 0;
        if (limit->any)
                return true;
        if (item->number && !most)
                return why_not(why, "%s is a number: %s<=NUMBER, or %s=any", item->name, item->name,
                        item->name);
        if (!item->number && most)
                return why_not(why, "%s is no number: %s=WORD", item->name, item->name);
        if (item->number)
                return number_u64(value, &limit->most) || why_not(why, "'%s' is no number", value);
        if (!*value || strlen(value) >= sizeof(limit->word))
                return why_not(why, "'%s' is not from 1 to %zu bytes long", value,
                        sizeof(limit->word) - 1);
        if (!is_one_of(item->words, value))
                return why_not(why, "%s can be any, or one of: %s", item->name, item->words);
        memcpy(limit->word, value, strlen(value) + 1);
        return true;
}

bool standing_parse(const char *text, struct standing_limit *ret_limit, char *why)
{
        struct standing_limit limit = { .asked = true };
        size_t length = strcspn(text, "<=");
        bool most = text[length] == '<';
        const char *value = text + length + 1 + most;

        if (!text[length] || (most && text[length + 1] != '='))
                return why_not(why, "'%s' is not of the form ITEM=WORD or ITEM<=NUMBER", text);
        if (!standing_parse_item(text, length, &limit.item))
                return why_not(why, "there is no item '%.*s'; docs/validation.md lists them",
                        (int)length, text);
        if (!take_value(value, most, &limit, why))
                return false;
        *ret_limit = limit;
        return true;
}

struct standing_limit standing_limit_of(const struct words *asked, enum standing_item item)
{
        struct standing_limit limit;
        char why[WHY_SIZE];

        for (size_t i = 0; i < asked->count; i++)
                if (standing_parse(asked->word[i], &limit, why) && limit.item == item)
                        return limit;
        limit = (struct standing_limit){ .item = item, .any = !standing_rows[item].limit };
        if (standing_rows[item].limit)
                take_value(standing_rows[item].limit, standing_rows[item].number, &limit, why);
        return limit;
}

void standing_write(const struct standing_limit *limit, char ret_text[STANDING_LIMIT_TEXT])
{
        const struct standing_row *item = &standing_rows[limit->item];
        const char *behind = limit->asked ? "" : IF_READABLE;

        if (limit->any)
                snprintf(ret_text, STANDING_LIMIT_TEXT, "%s=any%s", item->name, behind);
        else if (item->number)
                snprintf(ret_text, STANDING_LIMIT_TEXT, "%s<=%llu%s", item->name,
                        (unsigned long long)limit->most, behind);
        else
                snprintf(ret_text, STANDING_LIMIT_TEXT, "%s=%s%s", item->name, limit->word, behind);
}

bool standing_read_back(const char *text, struct standing_limit *ret_limit)
{
        size_t length = strlen(text), behind = strlen(IF_READABLE);
        bool readable = length >= behind && strcmp(text + length - behind, IF_READABLE) == 0;
        char copy[STANDING_LIMIT_TEXT], why[WHY_SIZE];

        if (length >= sizeof(copy))
                return false;
        memcpy(copy, text, length + 1);
        if (readable)
                copy[length - behind] = '\0';
        if (!standing_parse(copy, ret_limit, why))
                return false;
        ret_limit->asked = !readable;
        return true;
}

const char *standing_status_name(enum standing_status status)
{
        static const char *const names[] = {
                [STANDING_PASS] = "pass",
                [STANDING_FAIL] = "fail",
                [STANDING_NOT_READABLE] = "not readable",
        };

        return names[status];
}

enum standing_status standing_judge(
        const struct standing_limit *limit, const struct standing_value *value)
{
        bool good;

        if (!value->known)
                return limit->asked && !limit->any ? STANDING_FAIL : STANDING_NOT_READABLE;
        good = limit->any ||
               (standing_rows[limit->item].number ? value->number <= limit->most
                                                  : strcmp(value->text, limit->word) == 0);
        return good ? STANDING_PASS : STANDING_FAIL;
}
