#include "dom0/report/comparison.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "dom0/base/escape.h"
#include "dom0/base/json.h"
#include "dom0/base/print.h"
#include "dom0/figures/numbers.h"

const struct comparison_key comparison_place[] = {
        { "hypervisor", "In a hypervisor" },
        { "hypervisor_vendor", "Which one" },
        { "pat", "PAT" },
        { "pat_names", "Linux's PAT" },
        { "machine", "Machine" },
        { "cpu", "CPU" },
        { "memory_bytes", "Memory" },
        { "kernel", "Kernel" },
        { "driver", "Driver" },
        { "firmware", "GPU firmware" },
        { "cuda_version", "CUDA" },
        { "rehearsal", "Rehearsal" },
        { "version", "forestage-run" },
        { NULL, NULL },
};

void comparison_show(const char *key, const json_t *value, char *out, size_t size)
{
        static const char prefix[] = "x86/PAT: Configuration [0-7]: ";
        const char *text = json_string_value(value);
        long long number = json_integer_value(value);

        if (json_is_boolean(value))
                snprintf(out, size, "%s", json_is_true(value) ? "yes" : "no");
        else if (json_is_integer(value) && strcmp(key, "memory_bytes") == 0)
                snprintf(out, size, "%.1f GiB", (double)number / (1 << 30));
        else if (json_is_integer(value) && strcmp(key, "cuda_version") == 0)
                snprintf(out, size, "%lld.%lld", number / 1000, number % 1000 / 10);
        else if (text && strncmp(text, prefix, strlen(prefix)) == 0)
                escape_text(text + strlen(prefix), strlen(text) - strlen(prefix), out, size);
        else
                print_value(value, out, size);
}

/* A copy that others may own, too; null for what is not there. */
static json_t *value_of(const json_t *object, const char *key)
{
        json_t *value = get_value(object, key);

        return value ? json_incref(value) : json_null();
}

static bool same(const json_t *left, const json_t *right)
{
        bool left_none = !left || json_is_null(left), right_none = !right || json_is_null(right);

        return left_none || right_none ? left_none && right_none : json_equal(left, right);
}

/* Adds {"key", "a", "b"} for a key whose values differ. */
static void compare_key(json_t *list, const json_t *a, const json_t *b, const char *key)
{
        if (same(get_value(a, key), get_value(b, key)))
                return;
        json_array_append_new(list, json_pack("{s:s, s:o, s:o}", "key", key, "a", value_of(a, key),
                                            "b", value_of(b, key)));
}

static json_t *compare_place(const json_t *a, const json_t *b)
{
        json_t *list = json_array();

        for (size_t i = 0; comparison_place[i].key; i++)
                compare_key(list, get_value(a, "where"), get_value(b, "where"),
                        comparison_place[i].key);
        return list;
}

/* Device by device, as they are numbered; the keys are "0.uuid". */
static json_t *compare_devices(const json_t *a, const json_t *b)
{
        static const char *const keys[] = { "name", "uuid", "pci", "memory_bytes" };
        const json_t *left = get_value(a, "devices"), *right = get_value(b, "devices");
        size_t count = json_array_size(left);
        json_t *list = json_array();

        if (json_array_size(right) > count)
                count = json_array_size(right);
        for (size_t i = 0; i < count; i++)
                for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
                        size_t before = json_array_size(list);

                        compare_key(
                                list, json_array_get(left, i), json_array_get(right, i), keys[k]);
                        if (json_array_size(list) > before)
                                set_value(json_array_get(list, before), "device",
                                        json_integer((json_int_t)i));
                }
        return list;
}

/* {"job", "device"}, which every entry about a job starts with. */
static json_t *entry_of(const json_t *job)
{
        return json_pack(
                "{s:o, s:o}", "job", value_of(job, "job"), "device", value_of(job, "device"));
}

static void compare_status(json_t *list, const json_t *job, const json_t *a, const json_t *b)
{
        json_t *entry;

        if (a && b && same(get_value(a, "status"), get_value(b, "status")))
                return;
        entry = entry_of(job);
        set_value(entry, "a", value_of(a, "status"));
        set_value(entry, "b", value_of(b, "status"));
        set_value(entry, "a_reason", value_of(a, "reason"));
        set_value(entry, "b_reason", value_of(b, "reason"));
        json_array_append_new(list, entry);
}

/* Whether b is off a by more than the given percent. */
static bool is_off(double a, double b, double percent)
{
        return percent > 0 && fabs(b - a) > fabs(a) * percent / 100;
}

static size_t compare_numbers(json_t *list, const json_t *a, const json_t *b, double percent)
{
        json_auto_t *left = numbers_of(a), *right = numbers_of(b);
        json_t *value;
        const char *name;
        size_t off = 0;

        json_object_foreach(left, name, value) {
                const json_t *other = get_value(right, name);
                double from = json_number_value(value), to = json_number_value(other);
                json_t *entry;

                if (!other)
                        continue;
                entry = entry_of(a);
                set_value(entry, "key", json_string(name));
                set_value(entry, "a", json_incref(value));
                set_value(entry, "b", json_incref((json_t *)other));
                set_value(entry, "ratio", from != 0 ? json_real(to / from) : json_null());
                set_value(entry, "off", json_boolean(is_off(from, to, percent)));
                off += is_off(from, to, percent);
                json_array_append_new(list, entry);
        }
        return off;
}

static json_t *describe(const json_t *document)
{
        return json_pack("{s:o, s:o, s:o, s:o}", "run_id", value_of(document, "run_id"), "verdict",
                value_of(document, "verdict"), "rehearsal", value_of(document, "rehearsal"),
                "collected", value_of(get_value(document, "collected"), "time"));
}

/* Of jobs with one name and device only the first counts. */
static size_t compare_jobs(const json_t *a, const json_t *b, double percent,
        const struct outputs_reader *reader, json_t *comparison)
{
        json_t *jobs = json_array(), *outputs = json_array(), *numbers = json_array();
        json_t *close = json_array();
        json_auto_t *in_a = numbers_index(a), *in_b = numbers_index(b);
        json_t *job;
        const char *key;
        size_t off = 0;

        set_value(comparison, "jobs", jobs);
        set_value(comparison, "outputs", outputs);
        set_value(comparison, "close", close);
        set_value(comparison, "numbers", numbers);
        json_object_foreach(in_a, key, job) {
                const json_t *other = get_value(in_b, key);

                compare_status(jobs, job, job, other);
                outputs_compare(reader, job, other, outputs, close);
                off += compare_numbers(numbers, job, other, percent);
        }
        json_object_foreach(in_b, key, job) {
                if (!get_value(in_a, key))
                        compare_status(jobs, job, NULL, job);
        }
        return off;
}

json_t *comparison_make(
        const json_t *a, const json_t *b, double percent, const struct outputs_reader *reader)
{
        static const char *const lists[] = { "verdict", "place", "devices", "jobs", "outputs" };
        json_t *comparison = json_object(), *verdict = json_array();
        bool different;

        set_value(comparison, "schema", json_string("forestage-compare/1"));
        set_value(comparison, "a", describe(a));
        set_value(comparison, "b", describe(b));
        compare_key(verdict, a, b, "verdict");
        set_value(comparison, "verdict", verdict);
        set_value(comparison, "place", compare_place(a, b));
        set_value(comparison, "devices", compare_devices(a, b));
        different = compare_jobs(a, b, percent, reader, comparison) > 0;
        for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
                different |= json_array_size(get_value(comparison, lists[i])) > 0;
        set_value(comparison, "different", json_boolean(different));
        return comparison;
}
