/* What JSON costs before it is built, and what a region may ask for. */
#include <stdio.h>

#include <jansson.h>

#include "dom0/run/bounds.h"
#include "tests/unit/dom0/json_counter.h"
#include "tests/unit/tap.h"

static struct jsoncost cost_of(const char *text)
{
        return jsoncost(text, strlen(text));
}

static void counts_values_and_depth(void **state)
{
        static const struct {
                const char *text;
                uint64_t values, depth;
        } cases[] = {
                { "", 0, 0 },
                { " \n", 0, 0 },
                { "{}", 1, 1 },
                { "[[],[[]]]", 4, 3 },
                { "{\"a\":{\"b\":[1,-2.5e+3,true,null]},\"c\":\"d\"}", 8, 3 },
                { "[\"a:b,c{[\",\"\\\"[[[\",\"\\\\\"]", 4, 1 },
                { "[\"open", 2, 1 },
                { "[\"ends with \\", 2, 1 },
                { "]]]][", 1, 1 },
                { "::::[]", 1, 1 },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                assert_int_equal(cost_of(cases[i].text).values, cases[i].values);
                assert_int_equal(cost_of(cases[i].text).depth, cases[i].depth);
        }
}

/* `count` times `piece` in a list; owned by the caller. */
static char *list_of(const char *piece, size_t count)
{
        size_t length = strlen(piece);
        char *text = malloc(count * (length + 1) + 2), *at = text;

        *at++ = '[';
        for (size_t i = 0; i < count; i++) {
                memcpy(at, piece, length);
                at += length;
                *at++ = i + 1 < count ? ',' : ']';
        }
        *at = '\0';
        return text;
}

static void jansson_never_takes_more(void **state)
{
        static const char nine[] = "{\"a\":0,\"b\":1,\"c\":2,\"d\":3,\"e\":4,\"f\":5,\"g\":6,"
                                   "\"h\":7,\"i\":8}";
        static const char *const pieces[] = { "[]", "{}", "0", "\"\"", "null", "\"abcdefgh\"",
                "{\"a\":0}", nine, "[1,2,3,4,5,6,7,8,9]", "1.5", "{\"device\":null}" };

        (void)state;
        for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
                for (size_t count = 1; count < 20000; count = count * 5 + 2) {
                        char *text = list_of(pieces[i], count);
                        struct jsoncost cost = cost_of(text);
                        size_t peak;
                        json_t *value;

                        json_counter_peak();
                        value = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
                        peak = json_counter_peak();
                        assert_non_null(value);
                        assert_true(peak <= cost.bytes);
                        assert_true(cost.bytes < 4 * peak + 1024); /* nor is it far from it */
                        json_decref(value);
                        free(text);
                }
}

/* --- limits --- */

static char *explain(const struct bounds *bounds, size_t expected)
{
        struct problems problems = { .list = json_array() };
        char *text = NULL;

        assert_int_equal(bounds_explain(bounds, &problems), expected);
        assert_int_equal(json_array_size(problems.list), expected);
        if (expected > 0)
                text = strdup(json_string_value(json_array_get(problems.list, 0)));
        json_decref(problems.list);
        return text;
}

static void says(const struct bounds *bounds, const char *expected)
{
        char *text = explain(bounds, 1);

        assert_string_equal(text, expected);
        free(text);
}

static void files_go_with_the_plan(void **state)
{
        struct bounds bounds;

        (void)state;
        bounds_start(&bounds);
        for (size_t i = 0; i < BOUNDS_FIRST + BOUNDS_A_JOB; i++)
                assert_true(bounds_take(&bounds, BOUND_FILES, 1));
        explain(&bounds, 0);
        assert_false(bounds_take(&bounds, BOUND_FILES, 1));
        assert_false(bounds_take(&bounds, BOUND_FILES, 1));
        says(&bounds,
                "over the limit of 1088 files for the planned jobs: 1090 asked for; left out: 2 "
                "files");
        bounds_start(&bounds);
        assert_int_equal(bounds_take_plan(&bounds, 100000), 100000);
        for (size_t i = 0; i < BOUNDS_FILES; i++)
                assert_true(bounds_take(&bounds, BOUND_FILES, 1));
        assert_false(bounds_take(&bounds, BOUND_FILES, 1));
}

static void folders_are_taken_whole_or_not(void **state)
{
        struct bounds bounds;

        (void)state;
        bounds_start(&bounds);
        assert_true(bounds_take(&bounds, BOUND_FOLDERS, 1080));
        assert_false(bounds_take(&bounds, BOUND_FOLDERS, 9));
        assert_true(bounds_take(&bounds, BOUND_FOLDERS, 8));
        assert_true(bounds_take(&bounds, BOUND_FOLDERS, 0));
        says(&bounds,
                "over the limit of 1088 folders for the planned jobs: 1097 asked for; left out: 1 "
                "files");
        assert_false(bounds_take(&bounds, BOUND_FOLDERS, UINT64_MAX));
        assert_false(bounds_take(&bounds, BOUND_FOLDERS, UINT64_MAX));
}

static void a_plan_is_cut(void **state)
{
        struct bounds bounds;

        (void)state;
        bounds_start(&bounds);
        assert_int_equal(bounds_take_plan(&bounds, BOUNDS_PLAN), BOUNDS_PLAN);
        /* jobs/JOB/DEVICE of each of them, jobs/ and stage/, and a file in each */
        assert_true(bounds_take(&bounds, BOUND_FOLDERS, 2 * BOUNDS_PLAN + 2));
        assert_true(bounds_take(&bounds, BOUND_FILES, BOUNDS_PLAN));
        explain(&bounds, 0);
        bounds_start(&bounds);
        assert_int_equal(bounds_take_plan(&bounds, BOUNDS_PLAN + 7), BOUNDS_PLAN);
        says(&bounds, "over the limit of 250000 entries in the plan: 250007 asked for; left out: 7 "
                      "entries");
}

static void one_text(void **state)
{
        struct jsoncost good = { .values = 10, .bytes = 1000, .depth = BOUNDS_DEPTH };
        struct jsoncost deep = { .values = 10, .bytes = 1000, .depth = BOUNDS_DEPTH + 1 };
        struct jsoncost large = { .values = 10, .bytes = BOUNDS_JSON_FIRST + 24 * 101, .depth = 2 };
        struct bounds bounds;
        enum bound limit;

        (void)state;
        bounds_start(&bounds);
        assert_true(bounds_check_json(&bounds, &good, BOUNDS_RECORD_BYTES, false));
        assert_true(bounds_check_json(&bounds, &good, BOUNDS_PLAN_BYTES, true));
        assert_true(bounds_json_fits(&large, 101, false, &limit));
        explain(&bounds, 0);
        assert_false(bounds_check_json(&bounds, &good, BOUNDS_RECORD_BYTES + 1, false));
        says(&bounds,
                "over the limit of 4096 KiB of JSON in one record: 4097 asked for; left out: 1 "
                "records");
        bounds_start(&bounds);
        assert_false(bounds_check_json(&bounds, &good, BOUNDS_PLAN_BYTES + 1, true));
        says(&bounds,
                "over the limit of 65536 KiB of JSON in one record: 65537 asked for; left out: 1 "
                "records");
        bounds_start(&bounds);
        assert_false(bounds_check_json(&bounds, &deep, 100, false));
        assert_false(bounds_check_json(&bounds, &deep, 100, false));
        says(&bounds,
                "over the limit of 64 levels of JSON in one another: 65 asked for; left out: 2 "
                "records");
        bounds_start(&bounds);
        assert_false(bounds_check_json(&bounds, &large, 100, false));
        says(&bounds,
                "over the limit of 16 MiB of memory for the JSON of one record: 17 asked for; left "
                "out: 1 records");
        assert_false(bounds_json_fits(&large, 100, false, &limit));
        assert_int_equal(limit, BOUND_VALUES);
        large.bytes = BOUNDS_RECORD_MOST + 1;
        assert_false(bounds_json_fits(&large, BOUNDS_PLAN_BYTES, true, &limit));
}

static void all_texts_together(void **state)
{
        struct jsoncost cost = { .values = 1, .bytes = 3 << 20, .depth = 1 };
        struct bounds bounds;

        (void)state;
        bounds_start(&bounds);
        for (int i = 0; i < 5; i++)
                assert_true(bounds_keep_json(&bounds, &cost, 1000));
        assert_false(bounds_keep_json(&bounds, &cost, 1000));
        says(&bounds,
                "over the limit of 16 MiB of memory for the JSON of all records: 18 asked for; "
                "left out: 1 records");
        assert_true(bounds_keep_json(&bounds, &cost, 1 << 20)); /* text gives room */
        cost.bytes = BOUNDS_JSON_MOST;
        assert_false(bounds_keep_json(&bounds, &cost, BOUNDS_JSON_MOST));
        assert_int_equal(bounds.of[BOUND_JSON].most, BOUNDS_JSON_MOST);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(counts_values_and_depth),
                cmocka_unit_test(jansson_never_takes_more),
                cmocka_unit_test(files_go_with_the_plan),
                cmocka_unit_test(folders_are_taken_whole_or_not),
                cmocka_unit_test(a_plan_is_cut),
                cmocka_unit_test(one_text),
                cmocka_unit_test(all_texts_together),
        };

        json_counter_start();
        return run_tap(tests);
}
