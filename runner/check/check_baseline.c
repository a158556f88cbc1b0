#include "runner/check/check_baseline.h"

#include <stdio.h>
#include <string.h>

/* Units whose numbers say how good a GPU is; true: more is better. */
static const struct unit {
        const char *suffix;
        bool more;
} units[] = { { "gbps", true }, { "tflops", true }, { "tops", true }, { "_us", false },
        { "_ns", false } };

static const struct unit *unit_of(const char *metric)
{
        size_t length = strlen(metric);

        for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
                size_t suffix = strlen(units[i].suffix);

                if (length >= suffix && strcmp(metric + length - suffix, units[i].suffix) == 0)
                        return &units[i];
        }
        return NULL;
}

bool check_baseline_is_speed(const char *metric)
{
        const struct unit *unit = unit_of(metric);

        return unit && unit->more;
}

json_t *check_result_of(const json_t *tests, const char *name)
{
        json_t *test;
        size_t i;

        json_array_foreach(tests, i, test) {
                const char *own = json_string_value(json_object_get(test, "test"));

                if (own && strcmp(own, name) == 0)
                        return test;
        }
        return NULL;
}

static json_t *speeds_of(json_t *test)
{
        json_t *speeds = json_object(), *value;
        const char *key;

        json_object_foreach(test, key, value) {
                if (json_is_number(value) && unit_of(key))
                        json_object_set(speeds, key, value);
        }
        return speeds;
}

json_t *check_baseline_make(const char *uuid, const json_t *tests)
{
        json_t *gpu = json_object(), *test;
        size_t i;

        json_array_foreach(tests, i, test) {
                const char *name = json_string_value(json_object_get(test, "test"));
                json_t *speeds = speeds_of(test);

                if (name && json_object_size(speeds) > 0)
                        json_object_set(gpu, name, speeds);
                json_decref(speeds);
        }
        return json_pack("{s:o}", uuid, gpu);
}

const json_t *check_baseline_of(const json_t *baseline, const char *uuid)
{
        const json_t *gpu = json_object_get(baseline, uuid);

        return json_is_object(gpu) ? gpu : NULL;
}

static bool is_worse(const struct unit *unit, double before, double now, double percent)
{
        return unit->more ? now < before * (1 - percent / 100) : now > before * (1 + percent / 100);
}

bool check_baseline_holds(const char *metric, double before, double now, double percent)
{
        const struct unit *unit = unit_of(metric);

        return unit && before > 0 && !is_worse(unit, before, now, percent);
}

static json_t *compare_one(const char *test, const char *key, double before, const json_t *now,
        double percent, size_t *failed)
{
        bool measured = json_is_number(now);
        bool bad = !measured || before <= 0 /* nothing is worse than that */ ||
                   is_worse(unit_of(key), before, json_number_value(now), percent);
        char metric[96];
        json_t *result;

        snprintf(metric, sizeof(metric), "%s.%s", test, key);
        result = json_pack("{s:s, s:f, s:s}", "metric", metric, "baseline", before, "status",
                bad ? "fail" : "pass");
        if (measured)
                json_object_set_new(result, "found", json_real(json_number_value(now)));
        *failed += bad;
        return result;
}

json_t *check_baseline_compare(
        const json_t *baseline, const json_t *tests, double percent, size_t *ret_failed)
{
        json_t *list = json_array(), *test, *value;
        const char *name, *key;
        size_t failed = 0;

        json_object_foreach((json_t *)baseline, name, test) {
                json_object_foreach(test, key, value) {
                        const json_t *own = check_result_of(tests, name);

                        if (json_is_number(value) && unit_of(key))
                                json_array_append_new(
                                        list, compare_one(name, key, json_number_value(value),
                                                      json_object_get(own, key), percent, &failed));
                }
        }
        *ret_failed = failed;
        return list;
}
