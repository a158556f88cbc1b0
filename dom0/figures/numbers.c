#include "dom0/figures/numbers.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "lib/cleanup.h"
#include "lib/text.h"

#define DEPTH_MAX 6u
#define NAME_SIZE 256u

static bool is_left_out(const char *key)
{
        static const char *const names[] = { "device", "start_s", "worker", "beside", "exit_code",
                "signal", "outputs", "files", "bytes", "peers", "baseline_compared", "requirements",
                NULL };

        return text_is_one_of(key, names);
}

static void collect(json_t *numbers, const char *name, const json_t *value, size_t depth);

static void collect_member(
        json_t *numbers, const char *name, const char *key, const json_t *value, size_t depth)
{
        char full[NAME_SIZE];

        if ((size_t)snprintf(full, sizeof(full), "%s%s%s", name, *name ? "." : "", key) <
                sizeof(full))
                collect(numbers, full, value, depth + 1);
}

static const char *name_of(const json_t *element)
{
        static const char *const keys[] = { "test", "name", "file" };

        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
                const char *name = get_string(element, keys[i]);

                if (name)
                        return name;
        }
        return NULL;
}

static long long place_of(const json_t *element, size_t index)
{
        const json_t *peer = get_value(element, "peer");

        return json_is_integer(peer) ? json_integer_value(peer) : (long long)index;
}

static void collect(json_t *numbers, const char *name, const json_t *value, size_t depth)
{
        json_t *member;
        const char *key;
        char place[24];
        size_t i;

        if (depth > DEPTH_MAX || json_object_size(numbers) >= NUMBERS_MAX)
                return;
        if (json_is_number(value) && *name)
                json_object_set(numbers, name, (json_t *)value);
        json_object_foreach((json_t *)value, key, member) {
                if (!is_left_out(key))
                        collect_member(numbers, name, key, member, depth);
        }
        json_array_foreach(value, i, member) {
                snprintf(place, sizeof(place), "%lld", place_of(member, i));
                collect_member(
                        numbers, name, name_of(member) ? name_of(member) : place, member, depth);
        }
}

json_t *numbers_of(const json_t *job)
{
        json_t *numbers = json_object();

        collect(numbers, "", job, 0);
        return numbers;
}

static bool ends_with(const char *text, const char *end)
{
        size_t length = strlen(text), tail = strlen(end);

        return length >= tail && strcmp(text + length - tail, end) == 0;
}

static const struct {
        const char *end, *unit;
        enum numbers_kind kind;
} units[] = {
        { "gbps", "GB/s", NUMBERS_RATE },
        { "tflops", "TFLOP/s", NUMBERS_RATE },
        { "tops", "TOP/s", NUMBERS_RATE },
        { "_us", "µs", NUMBERS_TIME },
        { "_ms", "ms", NUMBERS_TIME },
        { "_ns", "ns", NUMBERS_OTHER },
        { "_s", "s", NUMBERS_TIME },
        { "_percent", "%", NUMBERS_OTHER },
        { "_mhz", "MHz", NUMBERS_OTHER },
        { "_hz", "Hz", NUMBERS_OTHER },
        { "_w", "W", NUMBERS_OTHER },
        { "_c", "°C", NUMBERS_OTHER },
        { "_c_per_min", "°C/min", NUMBERS_OTHER },
        { "_bytes", "bytes", NUMBERS_OTHER },
};

enum numbers_kind numbers_kind(const char *name)
{
        for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
                if (ends_with(name, units[i].end))
                        return units[i].kind;
        return NUMBERS_OTHER;
}

const char *numbers_short(const char *name)
{
        static const char tests[] = "check.tests.";

        return strncmp(name, tests, sizeof(tests) - 1) == 0 ? name + sizeof(tests) - 1 : name;
}

/* Seconds below a tenth read better in smaller units. */
static void format_seconds(double seconds, char *out, size_t size)
{
        double amount = fabs(seconds);

        if (amount >= 0.1 || amount == 0)
                snprintf(out, size, "%.3f s", seconds);
        else if (amount >= 1e-4)
                snprintf(out, size, "%.2f ms", seconds * 1e3);
        else
                snprintf(out, size, "%.1f µs", seconds * 1e6);
}

void numbers_format(const char *name, double value, char *out, size_t size)
{
        const char *unit = "";

        for (size_t i = 0; !*unit && i < sizeof(units) / sizeof(units[0]); i++)
                if (ends_with(name, units[i].end))
                        unit = units[i].unit;
        if (strcmp(unit, "s") == 0)
                format_seconds(value, out, size);
        else if (fabs(value) < 1e15 && (value == floor(value) || fabs(value) >= 1e4))
                snprintf(out, size, "%.0f%s%s", value, *unit ? " " : "", unit);
        else
                snprintf(out, size, "%.4g%s%s", value, *unit ? " " : "", unit);
}

/* A device as text, owned: a number, "none", or whatever else it is as JSON. */
static char *device_text(const json_t *device)
{
        if (!device || json_is_null(device))
                return memory_copy("none");
        if (!json_is_integer(device))
                return json_dumps(device, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
        return memory_format("%lld", (long long)json_integer_value(device));
}

/* "DEVICE NAME": outside of a string, which ends with its quote, such JSON has no blank. */
static char *index_key(const char *name, const json_t *device)
{
        _cleanup_free_ char *number = device_text(device);

        return memory_format("%s %s", number, name);
}

json_t *numbers_index(const json_t *document)
{
        json_t *index = json_object(), *job;
        size_t i;

        json_array_foreach(get_value(document, "jobs"), i, job) {
                const char *name = get_string(job, "job");
                _cleanup_free_ char *key = name ? index_key(name, get_value(job, "device")) : NULL;

                if (key && !get_value(index, key))
                        json_object_set(index, key, job);
        }
        return index;
}

const json_t *numbers_job(const json_t *index, const char *name, const json_t *device)
{
        _cleanup_free_ char *key = index_key(name, device);

        return get_value(index, key);
}
