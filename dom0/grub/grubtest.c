#include "dom0/grub/grubtest.h"

#include <stdlib.h>
#include <string.h>

struct expression {
        char *const *words;
        size_t count, at;
};

static bool is(const struct expression *test, const char *word)
{
        return test->at < test->count && strcmp(test->words[test->at], word) == 0;
}

/* How the left side may stand to the right one. */
enum relation { LESS = 1, EQUAL = 2, MORE = 4 };

static const struct {
        const char *name;
        bool numbers; /* else texts */
        unsigned holds;
} operators[] = {
        { "=", false, EQUAL },
        { "==", false, EQUAL },
        { "!=", false, LESS | MORE },
        { "<", false, LESS },
        { ">", false, MORE },
        { "-eq", true, EQUAL },
        { "-ne", true, LESS | MORE },
        { "-lt", true, LESS },
        { "-le", true, LESS | EQUAL },
        { "-gt", true, MORE },
        { "-ge", true, MORE | EQUAL },
};

static enum relation compare(const char *left, const char *right, bool numbers)
{
        long a = numbers ? strtol(left, NULL, 0) : strcmp(left, right);
        long b = numbers ? strtol(right, NULL, 0) : 0;

        return a < b ? LESS : a > b ? MORE : EQUAL;
}

/* LEFT OPERATOR RIGHT, when that is what stands there. */
static bool take_binary(struct expression *test, bool *ret_holds)
{
        const char *left, *right;

        if (test->at + 2 >= test->count)
                return false;
        left = test->words[test->at];
        right = test->words[test->at + 2];
        for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
                if (strcmp(test->words[test->at + 1], operators[i].name) != 0)
                        continue;
                *ret_holds = operators[i].holds & compare(left, right, operators[i].numbers);
                test->at += 3;
                return true;
        }
        return false;
}

static bool take_primary(struct expression *test)
{
        bool holds;

        if (test->at >= test->count)
                return false;
        if (is(test, "!")) {
                test->at++;
                return !take_primary(test);
        }
        if (take_binary(test, &holds))
                return holds;
        if (test->at + 1 < test->count && (is(test, "-n") || is(test, "-z"))) {
                bool wants_empty = is(test, "-z");

                test->at += 2;
                return (test->words[test->at - 1][0] == '\0') == wants_empty;
        }
        if (test->at + 1 < test->count &&
                (is(test, "-e") || is(test, "-f") || is(test, "-s") || is(test, "-d"))) {
                test->at += 2;
                return true;
        }
        return test->words[test->at++][0] != '\0';
}

static bool take_and(struct expression *test)
{
        bool holds = take_primary(test);

        while (is(test, "-a")) {
                test->at++;
                holds = take_primary(test) && holds;
        }
        return holds;
}

static bool take_or(struct expression *test)
{
        bool holds = take_and(test);

        while (is(test, "-o")) {
                test->at++;
                holds = take_and(test) || holds;
        }
        return holds;
}

bool grub_test(char *const words[], size_t count)
{
        struct expression test = { words, count, 1 };

        if (count == 0 || strcmp(words[0], "false") == 0)
                return false;
        if (strcmp(words[0], "!") == 0)
                return !grub_test(words + 1, count - 1);
        if (strcmp(words[0], "[") == 0 && strcmp(words[count - 1], "]") == 0)
                test.count--;
        else if (strcmp(words[0], "test") != 0)
                return true;
        return take_or(&test);
}
