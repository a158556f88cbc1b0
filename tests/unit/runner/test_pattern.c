/* The patterns of Collect=. */
#include "runner/program/pattern.h"
#include "tests/unit/tap.h"

static const struct {
        const char *pattern, *path;
        bool matches;
} cases[] = {
        { "a.csv", "a.csv", true },
        { "a.csv", "b.csv", false },
        { "*.csv", "a.csv", true },
        { "*.csv", "out/a.csv", false },
        { "*.csv", ".csv", false },
        { ".*", ".hidden", true },
        { "out/*", "out/a", true },
        { "out/*", "out", false },
        { "out/*", "out/deep/a", false },
        { "out/[ab]?", "out/b1", true },
        { "out/[!ab]", "out/c", true },
        { "\\!a", "!a", true },
        { "\\*", "*", true },
        { "\\*", "a", false },
        { "**/*.csv", "a.csv", true },
        { "**/*.csv", "x/a.csv", true },
        { "**/*.csv", "x/y/z/a.csv", true },
        { "**/*.csv", "x/y/z/a.bin", false },
        { "**/*.csv", "x/.y/a.csv", false },
        { "**/.y/*.csv", "x/.y/a.csv", true },
        { "out/**/a", "out/a", true },
        { "out/**/a", "out/x/y/a", true },
        { "out/**/a", "a", false },
        { "out/**/a", "other/x/a", false },
        { "out/**", "out/a", true },
        { "out/**", "out/x/a", true },
        { "out/**", "out", false },
        { "out/**", "out/.a", false },
        { "**", "a", true },
        { "**", "x/y/a", true },
        { "**/x/**/a", "x/a", true },
        { "**/x/**/a", "1/x/2/x/3/a", true },
        { "**/x/**/a", "1/2/a", false },
        { "**/**/a", "a", true },
        { "**/a/b", "a/a/b", true },
        { "**/a/b", "a/b/a/b", true },
        { "**/a/b", "a/b/a", false },
        { "**/a*/b", "a1/c/a2/b", true },
};

static void patterns_match(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                if (pattern_matches(cases[i].pattern, cases[i].path) != cases[i].matches)
                        fail_msg("%s and %s: not %d", cases[i].pattern, cases[i].path,
                                cases[i].matches);
        }
}

/* No number of stars takes long: each part is looked at once for each of the path, about. */
static void many_stars_are_quick(void **state)
{
        char pattern[512], path[512];
        size_t at = 0;

        (void)state;
        for (; at < 480; at += 3)
                for (size_t i = 0; i < 3; i++)
                        pattern[at + i] = "**/"[i];
        pattern[at] = 'b';
        pattern[at + 1] = '\0';
        for (at = 0; at < 500; at += 2) {
                path[at] = 'a';
                path[at + 1] = '/';
        }
        path[at] = 'c';
        path[at + 1] = '\0';
        assert_false(pattern_matches(pattern, path));
        path[at] = 'b';
        assert_true(pattern_matches(pattern, path));
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(patterns_match),
                cmocka_unit_test(many_stars_are_quick),
        };

        return run_tap(tests);
}
