#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/escape.h"
#include "dom0/base/json.h"
#include "dom0/base/print.h"
#include "dom0/base/verb.h"
#include "dom0/report/comparison.h"
#include "dom0/report/numbers.h"
#include "dom0/report/runs.h"
#include "dom0/run/document.h"
#include "dom0/run/summary.h"

#define NAME_COLUMNS  30u /* of a number */
#define VALUE_COLUMNS 14u

struct compare_options {
        const char *tolerance;
        bool json;
};

static const struct option_spec options[] = {
        { "tolerance", OPTION_VALUE, offsetof(struct compare_options, tolerance) },
        { "json", OPTION_SWITCH, offsetof(struct compare_options, json) },
        { 0 },
};

static int wrong(const char *argument, const char *problem)
{
        return option_complain(
                "compare", &(struct option_error){ .problem = problem, .argument = argument });
}

/* Percent of a number, or -1: it is none. */
static double read_tolerance(const char *text)
{
        char *end;
        double percent = strtod(text, &end);

        return *end == '\0' && percent > 0 && percent <= 1e6 ? percent : -1;
}

#define say(label, ...) print_labelled(stdout, (label), __VA_ARGS__)

static void print_run(const char *label, const json_t *run)
{
        say(label, "%s, %s, collected %s%s", SHOWN_VALUE(get_value(run, "run_id")),
                summary_verdict(get_string(run, "verdict")),
                SHOWN_VALUE(get_value(run, "collected")),
                get_bool(run, "rehearsal") ? ", REHEARSAL" : "");
}

static const char *label_of(const char *key)
{
        for (size_t i = 0; comparison_place[i].key; i++)
                if (strcmp(comparison_place[i].key, key) == 0)
                        return comparison_place[i].label;
        return key;
}

/* "label: a, in B b", for lists of {"key", "a", "b"}. */
static void print_values(const json_t *comparison, const char *name, const char *label)
{
        const json_t *entry, *device;
        char a[400], b[400], where[32];
        const char *key;
        size_t i;

        json_array_foreach(get_value(comparison, name), i, entry) {
                device = get_value(entry, "device");
                *where = '\0';
                if (device)
                        snprintf(where, sizeof(where), "GPU %lld, ", json_integer_value(device));
                key = get_string(entry, "key");
                comparison_show(key, get_value(entry, "a"), a, sizeof(a));
                comparison_show(key, get_value(entry, "b"), b, sizeof(b));
                say(i == 0 ? label : "", "%s%s:", where, label_of(key));
                say("", "  A  %s", a);
                say("", "  B  %s", b);
        }
}

static void name_job(const json_t *entry, char *out, size_t size)
{
        snprintf(out, size, "%s/%s", SHOWN_VALUE(get_value(entry, "job")),
                SHOWN_VALUE(get_value(entry, "device")));
}

static void print_side(const json_t *entry, const char *side, const char *key, const char *reason)
{
        char text[512] = "";

        if (json_is_null(get_value(entry, key))) {
                say("", "  %s  not planned", side);
                return;
        }
        if (json_is_string(get_value(entry, reason)))
                print_value(get_value(entry, reason), text, sizeof(text));
        say("", "  %s  %s%s%s", side, SHOWN_VALUE(get_value(entry, key)), *text ? ": " : "", text);
}

static void print_jobs(const json_t *comparison)
{
        const json_t *entry;
        char name[2 * SHOWN_SIZE];
        size_t i;

        json_array_foreach(get_value(comparison, "jobs"), i, entry) {
                name_job(entry, name, sizeof(name));
                say(i == 0 ? "Jobs:" : "", "%s", name);
                print_side(entry, "A", "a", "a_reason");
                print_side(entry, "B", "b", "b_reason");
        }
        json_array_foreach(get_value(comparison, "outputs"), i, entry) {
                name_job(entry, name, sizeof(name));
                say(i == 0 ? "Outputs:" : "", "%s: %s has other bytes", name,
                        SHOWN_VALUE(get_value(entry, "file")));
        }
}

/* A name is never cut: a long one has a line of its own. */
static void print_name(const char *name)
{
        if (text_columns(name) <= NAME_COLUMNS) {
                print_column(stdout, name, NAME_COLUMNS);
                return;
        }
        print_line(stdout, "%s", name);
        printf("%*s", (int)NAME_COLUMNS + 3, "");
}

/* Nor is what stands in another column, although that moves those behind it. */
static void print_whole(const char *text, size_t width)
{
        size_t columns = text_columns(text);

        print_column(stdout, text, columns > width ? columns : width);
}

static void print_amount(const char *key, double value)
{
        char text[64];

        numbers_format(key, value, text, sizeof(text));
        print_whole(text, VALUE_COLUMNS);
}

static void print_number(const json_t *entry)
{
        const char *key = get_string(entry, "key");
        const json_t *ratio = get_value(entry, "ratio");

        fputs(get_bool(entry, "off") ? "! " : "  ", stdout);
        print_name(numbers_short(key));
        print_whole(SHOWN_VALUE(get_value(entry, "device")), 3);
        print_amount(key, get_number(entry, "a"));
        print_amount(key, get_number(entry, "b"));
        if (json_is_real(ratio))
                printf(fabs(json_real_value(ratio)) < 1000 ? "%.3f" : "%.2e",
                        json_real_value(ratio));
        else
                putchar('-');
        putchar('\n');
}

/* Whole times and rates always; the rest is for --json, but for what is off. */
static bool is_printed(const json_t *entry)
{
        const char *key = get_string(entry, "key");

        return get_bool(entry, "off") || strcmp(key, "wall_s") == 0 ||
               numbers_kind(key) == NUMBERS_RATE;
}

/* {"job": {"key": [numbers of its GPUs]}}, in the order in which they are met. */
static json_t *group_numbers(const json_t *comparison)
{
        json_t *jobs = json_object(), *entry;
        size_t i;

        json_array_foreach(get_value(comparison, "numbers"), i, entry) {
                const char *job = get_text(entry, "job"), *key = get_text(entry, "key");

                if (!is_printed(entry))
                        continue;
                if (!get_value(jobs, job))
                        set_value(jobs, job, json_object());
                if (!get_value(get_value(jobs, job), key))
                        set_value(get_value(jobs, job), key, json_array());
                json_array_append(get_value(get_value(jobs, job), key), entry);
        }
        return jobs;
}

static void print_numbers(const json_t *comparison)
{
        json_auto_t *jobs = group_numbers(comparison);
        json_t *keys, *entries, *entry;
        const char *job, *key;
        size_t i;

        if (json_object_size(jobs) > 0)
                printf("\n  %-*s GPU %-*s %-*s B / A\n", (int)NAME_COLUMNS, "NUMBER",
                        (int)VALUE_COLUMNS, "A", (int)VALUE_COLUMNS, "B");
        json_object_foreach(jobs, job, keys) {
                print_line(stdout, "%s:", job);
                json_object_foreach(keys, key, entries)
                        json_array_foreach(entries, i, entry)
                                print_number(entry);
        }
}

static void print_text(const json_t *comparison)
{
        print_run("A:", get_value(comparison, "a"));
        print_run("B:", get_value(comparison, "b"));
        say("Result:", "%s",
                get_bool(comparison, "different") ? "they differ" : "no difference but in numbers");
        putchar('\n');
        print_values(comparison, "place", "Place:");
        print_values(comparison, "devices", "Devices:");
        print_jobs(comparison);
        print_numbers(comparison);
}

static int work(const struct host *host, const char *const names[2], double percent, bool json)
{
        struct failure failure;
        json_auto_t *a = runs_open(host, names[0], &failure);
        json_auto_t *b = a ? runs_open(host, names[1], &failure) : NULL;
        json_auto_t *comparison = b ? comparison_make(a, b, percent) : NULL;

        if (!comparison)
                return failure_print(&failure);
        if (json)
                document_print(comparison);
        else
                print_text(comparison);
        if (fflush(stdout) != 0 || ferror(stdout))
                return EXIT_INCOMPLETE;
        return get_bool(comparison, "different") ? EXIT_FAIL : EXIT_PASS;
}

static int compare(const struct host *host, int argc, char **argv)
{
        struct compare_options given = { 0 };
        struct option_error error;
        double percent = 0;

        if (argc < 3 || argv[1][0] == '-' || argv[2][0] == '-')
                return wrong("A B", "the two runs come first");
        if (!option_parse(options, argc - 2, argv + 2, &given, &error))
                return option_complain("compare", &error);
        if (given.tolerance)
                percent = read_tolerance(given.tolerance);
        if (percent < 0)
                return wrong(given.tolerance, "not a percentage");
        return work(host, (const char *const[2]){ argv[1], argv[2] }, percent, given.json);
}

const struct verb verb_compare = {
        .name = "compare",
        .options = options,
        .run = compare,
};
