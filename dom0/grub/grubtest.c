#include "dom0/grub/grubtest.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 64u /* of parentheses */

struct expression {
        char *const *words;
        size_t count, at;
        grub_look look;
        void *context;
        unsigned depth;
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
        { "<=", false, LESS | EQUAL },
        { ">", false, MORE },
        { ">=", false, MORE | EQUAL },
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

/* -plt and -pgt compare the numbers behind what both have in common: versions. */
static bool take_version(struct expression *test, bool *ret_holds)
{
        const char *left, *right;
        size_t same = 0;
        bool more;

        if (test->at + 2 >= test->count)
                return false;
        more = strcmp(test->words[test->at + 1], "-pgt") == 0;
        if (!more && strcmp(test->words[test->at + 1], "-plt") != 0)
                return false;
        left = test->words[test->at];
        right = test->words[test->at + 2];
        while (left[same] && left[same] == right[same])
                same++;
        while (same > 0 && isdigit((unsigned char)left[same - 1]))
                same--;
        *ret_holds = compare(left + same, right + same, true) == (more ? MORE : LESS);
        test->at += 3;
        return true;
}

/* -nt, -ot, and both with a number of seconds. */
static bool skip_age(struct expression *test)
{
        const char *word = test->at + 2 < test->count ? test->words[test->at + 1] : "";

        if (strncmp(word, "-nt", 3) != 0 && strncmp(word, "-ot", 3) != 0)
                return false;
        test->at += 3;
        return true;
}

/* -e, -f, -s or -d and a path. */
static bool take_file(struct expression *test, bool *ret_holds)
{
        enum grub_file_type type;
        uint64_t size = 0;
        char what;

        if (test->at + 1 >= test->count || test->words[test->at][0] != '-' ||
                !test->words[test->at][1] || test->words[test->at][2] ||
                !strchr("efsd", test->words[test->at][1]))
                return false;
        what = test->words[test->at][1];
        type = test->look(test->context, test->words[test->at + 1], &size);
        test->at += 2;
        *ret_holds = what == 'e'   ? type != GRUB_FILE_NONE
                     : what == 'd' ? type == GRUB_FILE_FOLDER
                     : what == 'f' ? type == GRUB_FILE_REGULAR
                                   : type == GRUB_FILE_REGULAR && size > 0;
        return true;
}

static bool take_or(struct expression *test);

static bool take_parentheses(struct expression *test)
{
        bool holds = false;

        test->at++;
        if (++test->depth < MAX_DEPTH)
                holds = take_or(test);
        else
                test->at = test->count;
        test->depth--;
        test->at += is(test, ")");
        return holds;
}

static bool take_primary(struct expression *test)
{
        bool holds = false, invert = false;

        for (; is(test, "!"); test->at++)
                invert = !invert;
        if (test->at >= test->count)
                return true; /* what says nothing holds, and a "!" without more changes nothing */
        if (skip_age(test) || take_binary(test, &holds) || take_version(test, &holds) ||
                take_file(test, &holds))
                return holds != invert;
        if (test->at + 1 < test->count && (is(test, "-n") || is(test, "-z"))) {
                holds = (test->words[test->at + 1][0] == '\0') == is(test, "-z");
                test->at += 2;
        } else if (is(test, "(")) {
                holds = take_parentheses(test);
        } else {
                holds = test->words[test->at++][0] != '\0';
        }
        return holds != invert;
}

/* What stands beside each other without a word between holds together, too. */
static bool take_and(struct expression *test)
{
        bool holds = take_primary(test);

        while (test->at < test->count && !is(test, "-o") && !is(test, ")")) {
                test->at += is(test, "-a");
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

bool grub_test(char *const words[], size_t count, grub_look look, void *context)
{
        struct expression test = { words, count, 0, look, context, 0 };

        if (count > 0 && strcmp(words[count - 1], "]") == 0)
                test.count--;
        return take_or(&test);
}
