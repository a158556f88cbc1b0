#include "lib/option.h"

#include <string.h>

static const struct option_spec *find(
        const struct option_spec *table, const char *name, size_t length)
{
        for (; table->name; table++)
                if (strlen(table->name) == length && memcmp(table->name, name, length) == 0)
                        return table;
        return NULL;
}

static const char *set_switch(const char *given, bool *value)
{
        if (given)
                return "option takes no value";
        if (*value)
                return "option given twice";
        *value = true;
        return NULL;
}

static const char *check_value(const char *given)
{
        if (!given)
                return "option needs a value";
        return *given == '\0' ? "option has an empty value" : NULL;
}

static const char *set_value(const char *given, const char **value)
{
        const char *problem = check_value(given);

        if (problem)
                return problem;
        if (*value)
                return "option given twice";
        *value = given;
        return NULL;
}

static const char *add_word(const char *given, struct option_words *words)
{
        const char *problem = check_value(given);

        if (problem)
                return problem;
        if (words->count == OPTION_WORDS_MAX)
                return "option given too often";
        words->word[words->count++] = given;
        return NULL;
}

static const char *set_choice(const char **value)
{
        if (*value)
                return "option given twice";
        *value = "";
        return NULL;
}

/* Takes the option at argv[*index] and its value; returns what is wrong with it, or NULL. */
static const char *take(
        const struct option_spec *table, int argc, char **argv, int *index, char *values)
{
        const char *text = argv[*index];
        const struct option_spec *option;
        const char *equals, *given;

        if (strncmp(text, "--", 2) != 0 || text[2] == '\0')
                return *text == '-' ? "unknown option" : "unexpected operand";
        text += 2;
        equals = strchr(text, '=');
        option = find(table, text, equals ? (size_t)(equals - text) : strlen(text));
        if (!option)
                return "unknown option";
        given = equals ? equals + 1 : NULL;
        if (option->kind == OPTION_SWITCH)
                return set_switch(given, (bool *)(values + option->offset));
        if (!given && option->kind == OPTION_CHOICE)
                return set_choice((const char **)(values + option->offset));
        if (!given && *index + 1 < argc)
                given = argv[++*index];
        if (option->kind == OPTION_WORDS)
                return add_word(given, (struct option_words *)(values + option->offset));
        return set_value(given, (const char **)(values + option->offset));
}

bool option_parse(const struct option_spec *table, int argc, char **argv, void *ret_values,
        struct option_error *ret_error)
{
        for (int i = 1; i < argc; i++) {
                const char *argument = argv[i];
                const char *problem = take(table, argc, argv, &i, ret_values);

                if (problem) {
                        *ret_error = (struct option_error){ problem, argument };
                        return false;
                }
        }
        return true;
}
