#include "runner/check/check_standing.h"

#include <string.h>

static json_t *limit_json(const struct standing_limit *limit)
{
        return limit->any                          ? json_string("any")
               : standing_rows[limit->item].number ? json_integer((json_int_t)limit->most)
                                                   : json_string(limit->word);
}

static json_t *value_json(enum standing_item item, const struct standing_value *value)
{
        return standing_rows[item].number ? json_integer((json_int_t)value->number)
                                          : json_string(value->text);
}

/* The entry of one item. */
static json_t *entry_of(const struct standing_limit *limit, const struct standing_value *value)
{
        json_t *entry = json_pack(
                "{s:s, s:o}", "item", standing_rows[limit->item].name, "limit", limit_json(limit));

        if (value->known)
                json_object_set_new(entry, "value", value_json(limit->item, value));
        json_object_set_new(
                entry, "status", json_string(standing_status_name(standing_judge(limit, value))));
        return entry;
}

static void explain(
        const struct standing_limit *limit, const struct standing_value *value, char *reason)
{
        const char *name = standing_rows[limit->item].name;

        if (!value->known)
                why_first(reason, "%s cannot be read, and Standing= has a limit of it", name);
        else if (standing_rows[limit->item].number)
                why_first(reason, "%s is %llu, and at most %llu may be (Standing=)", name,
                        (unsigned long long)value->number, (unsigned long long)limit->most);
        else
                why_first(reason, "%s is %s, and must be %s (Standing=)", name, value->text,
                        limit->word);
}

json_t *check_standing_judge(const struct words *asked, const struct standing *standing,
        size_t *ret_failed, char *reason)
{
        json_t *list = json_array();

        reason[0] = '\0';
        *ret_failed = 0;
        for (enum standing_item i = 0; i < STANDING_ITEMS; i++) {
                struct standing_limit limit = standing_limit_of(asked, i);
                const struct standing_value *value = &standing->item[i];

                json_array_append_new(list, entry_of(&limit, value));
                if (standing_judge(&limit, value) != STANDING_FAIL)
                        continue;
                explain(&limit, value, reason);
                ++*ret_failed;
        }
        return list;
}

/* --- as it was recorded --- */

static bool read_value(
        enum standing_item item, const json_t *entry, struct standing_value *ret_value)
{
        const json_t *value = json_object_get(entry, "value");
        struct standing standing = { 0 };

        if (json_is_integer(value) && json_integer_value(value) >= 0 && standing_rows[item].number)
                standing_set_number(&standing, item, (uint64_t)json_integer_value(value));
        else if (json_is_string(value) && !standing_rows[item].number)
                standing_set_word(&standing, item, json_string_value(value));
        *ret_value = standing.item[item];
        return !value || ret_value->known;
}

static bool entry_holds(const char *promise, const json_t *entry, char *why)
{
        struct standing_limit limit;
        struct standing_value value;
        json_t *again;
        bool same;

        if (!promise || !standing_read_back(promise, &limit))
                return why_not(why, "the plan has a limit that is none");
        if (!read_value(limit.item, entry, &value))
                return why_not(why, "has a %s that is none", standing_rows[limit.item].name);
        again = entry_of(&limit, &value);
        same = json_equal(again, entry);
        json_decref(again);
        if (!same)
                return why_not(why, "does not hold its %s against the limit of the plan",
                        standing_rows[limit.item].name);
        if (standing_judge(&limit, &value) != STANDING_FAIL)
                return true;
        return why_not(why, "did not fail for its %s", standing_rows[limit.item].name);
}

bool check_standing_holds(const json_t *promise, const json_t *list, char *why)
{
        const json_t *one;
        size_t i;

        if (!json_is_array(list) || json_array_size(list) != json_array_size(promise))
                return why_not(why, "does not have every item of its standing condition");
        json_array_foreach((json_t *)promise, i, one) {
                if (!entry_holds(json_string_value(one), json_array_get(list, i), why))
                        return false;
        }
        return true;
}
