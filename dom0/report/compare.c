#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/escape.h"
#include "dom0/base/json.h"
#include "dom0/base/print.h"
#include "dom0/base/verb.h"
#include "dom0/figures/numbers.h"
#include "dom0/report/comparison.h"
#include "dom0/report/runs.h"
#include "dom0/run/document.h"
#include "dom0/run/summary.h"
#include "lib/cleanup.h"

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

/* What one side has, below an entry; long texts are wrapped behind the letter. */
#define A_SIDE "              A  "
#define B_SIDE "              B  "

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
                say(A_SIDE, "%s", a);
                say(B_SIDE, "%s", b);
        }
}

static void name_job(const json_t *entry, char *out, size_t size)
{
        snprintf(out, size, "%s/%s", SHOWN_VALUE(get_value(entry, "job")),
                SHOWN_VALUE(get_value(entry, "device")));
}

static void print_side(const json_t *entry, const char *side, const char *key, const char *reason)
{
        const char *text = get_text(entry, reason);

        if (json_is_null(get_value(entry, key)))
                say(side, "not planned");
        else
                say(side, "%s%s%s", SHOWN_VALUE(get_value(entry, key)), *text ? ": " : "", text);
}

static void print_jobs(const json_t *comparison)
{
        const json_t *entry;
        char name[2 * SHOWN_SIZE];
        size_t i;

        json_array_foreach(get_value(comparison, "jobs"), i, entry) {
                name_job(entry, name, sizeof(name));
                say(i == 0 ? "Jobs:" : "", "%s", name);
                print_side(entry, A_SIDE, "a", "a_reason");
                print_side(entry, B_SIDE, "b", "b_reason");
        }
}

/* An element as it is: 17 digits tell two doubles apart, 9 two floats. */
static void show_element(const json_t *element, const char *type, char *out, size_t size)
{
        if (json_is_real(element))
                snprintf(out, size, "%.*g", strcmp(type, "f64") == 0 ? 17 : 9,
                        json_real_value(element));
        else
                print_value(element, out, size);
}

/* The pair that is furthest apart. */
static void print_worst(const json_t *worst, const char *type)
{
        char a[40], b[40], error[40];

        if (!worst)
                return;
        show_element(get_value(worst, "a"), type, a, sizeof(a));
        show_element(get_value(worst, "b"), type, b, sizeof(b));
        print_value(get_value(worst, "error"), error, sizeof(error));
        say("", "  the largest difference is %s, at [%lld]:", error, get_integer(worst, "index"));
        say(A_SIDE, "%s", a);
        say(B_SIDE, "%s", b);
}

/* Outputs with other bytes; where these were looked at, how far apart they are. */
static void print_outputs(const json_t *comparison, const char *list, const char *label)
{
        const json_t *entry;
        char name[2 * SHOWN_SIZE];
        size_t i;

        json_array_foreach(get_value(comparison, list), i, entry) {
                const char *file = get_text(entry, "file"), *type = get_string(entry, "as");
                const char *unread = get_text(entry, "unread");
                long long elements = get_integer(entry, "elements"),
                          off = get_integer(entry, "off");

                name_job(entry, name, sizeof(name));
                if (!type)
                        say(i == 0 ? label : "", "%s: %s has other bytes%s%s", name, file,
                                *unread ? ", and how far apart they are is not known: " : "",
                                unread);
                else if (off > 0)
                        say(i == 0 ? label : "",
                                "%s: %s: %lld of %lld %s elements are further apart than the "
                                "tolerances of both runs allow together (%g)",
                                name, file, off, elements, type, get_number(entry, "tolerance"));
                else
                        say(i == 0 ? label : "",
                                "%s: %s: %lld of %lld %s elements differ, within the tolerances of "
                                "both runs (%g together)",
                                name, file, get_integer(entry, "different"), elements, type,
                                get_number(entry, "tolerance"));
                print_worst(get_value(entry, "worst"), type);
        }
}

/* In one line. */
static const char *result_of(const json_t *comparison)
{
        if (get_bool(comparison, "different"))
                return "they differ";
        return json_array_size(get_value(comparison, "close")) > 0
                       ? "no difference but in numbers, and in outputs within their tolerance"
                       : "no difference but in numbers";
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

        if (strchr(get_text(entry, "job"), '@')) /* a point of a sweep, of which there are many */
                return get_bool(entry, "off");
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
        say("Result:", "%s", result_of(comparison));
        putchar('\n');
        print_values(comparison, "place", "Place:");
        print_values(comparison, "devices", "Devices:");
        print_jobs(comparison);
        print_outputs(comparison, "outputs", "Outputs:");
        print_outputs(comparison, "close", "Close:");
        print_numbers(comparison);
}

static int work(const struct host *host, const char *const names[2], double percent, bool json)
{
        _cleanup_(runs_free) struct runs_run a = { 0 }, b = { 0 };
        json_auto_t *comparison = NULL;
        struct outputs_reader reader;
        struct failure failure;

        if (!runs_find(host, names[0], &a, &failure) || !runs_find(host, names[1], &b, &failure))
                return failure_print(&failure);
        reader = runs_reader_open(&a, &b);
        comparison = comparison_make(a.document, b.document, percent, &reader);
        runs_reader_close(&reader);
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
