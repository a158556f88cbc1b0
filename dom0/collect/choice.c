#include "dom0/collect/choice.h"

#include "dom0/base/json.h"

static const char *const lists[] = { "jobs", "unplanned" };

static json_t *chosen_of(const json_t *list, const struct words *only)
{
        json_t *chosen = json_array(), *job;
        size_t i;

        json_array_foreach(list, i, job)
                if (words_match(only, get_text(job, "job"), NULL))
                        json_array_append(chosen, job);
        return chosen;
}

json_t *choice_make(const json_t *document, const struct words *only)
{
        json_t *chosen = json_copy((json_t *)document); /* jansson's copy takes no const */
        json_t *words = json_array();

        for (size_t i = 0; i < only->count; i++)
                json_array_append_new(words, json_string(only->word[i]));
        set_value(chosen, "only", words);
        for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
                set_value(chosen, lists[i], chosen_of(get_value(document, lists[i]), only));
        return chosen;
}

const char *choice_absent(const json_t *document, const struct words *only)
{
        bool used[WORDS_MAX] = { false };
        const json_t *job;
        size_t i;

        for (size_t list = 0; list < sizeof(lists) / sizeof(lists[0]); list++)
                json_array_foreach(get_value(document, lists[list]), i, job)
                        words_match(only, get_text(job, "job"), used);
        return words_unused(only, used);
}
