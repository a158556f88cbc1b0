#include "dom0/collect/junit.h"

#include <math.h>
#include <string.h>

#include "dom0/base/escape.h"
#include "dom0/base/json.h"

/*
 * Text for an attribute. escape_text leaves no control character and no half of a surrogate pair:
 * of what XML 1.0 has no place for, U+FFFE and U+FFFF are left.
 */
static void print_text(FILE *to, const char *text)
{
        static const struct {
                char character;
                const char *entity;
        } entities[] = {
                { '&', "&amp;" },
                { '<', "&lt;" },
                { '>', "&gt;" },
                { '"', "&quot;" },
                { '\'', "&apos;" },
        };
        struct shown safe = shown_string(text);

        for (const char *at = safe.text; *at; at++) {
                const char *entity = NULL;

                if (strncmp(at, "\xef\xbf\xbe", 3) == 0 || strncmp(at, "\xef\xbf\xbf", 3) == 0) {
                        putc('?', to);
                        at += 2;
                        continue;
                }
                for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
                        if (entities[i].character == *at)
                                entity = entities[i].entity;
                }
                if (entity)
                        fputs(entity, to);
                else
                        putc(*at, to);
        }
}

static void print_attribute(FILE *to, const char *name, const char *text)
{
        fprintf(to, " %s=\"", name);
        print_text(to, text);
        putc('"', to);
}

static void print_property(FILE *to, const char *name, const char *value)
{
        if (!value)
                return;
        fputs("      <property", to);
        print_attribute(to, "name", name);
        print_attribute(to, "value", value);
        fputs("/>\n", to);
}

/* Which element a status is; NULL: a pass has none. */
static const char *element_of(const char *status)
{
        if (!status)
                return "error";
        if (strcmp(status, "pass") == 0)
                return NULL;
        if (strcmp(status, "fail") == 0)
                return "failure";
        return strcmp(status, "skip") == 0 ? "skipped" : "error";
}

struct totals {
        size_t tests, failures, errors, skipped;
        double seconds;
};

static void count(struct totals *totals, const char *status, double seconds)
{
        const char *element = element_of(status);

        totals->tests++;
        totals->seconds += seconds;
        totals->failures += element && strcmp(element, "failure") == 0;
        totals->errors += element && strcmp(element, "error") == 0;
        totals->skipped += element && strcmp(element, "skipped") == 0;
}

static void print_result(FILE *to, const char *status, const char *reason)
{
        const char *element = element_of(status);

        if (!element)
                return;
        fprintf(to, "      <%s", element);
        if (strcmp(element, "skipped") != 0)
                print_attribute(to, "type", status);
        print_attribute(to, "message", reason ? reason : "no reason was given");
        fputs("/>\n", to);
}

/* Readers take a time for a decimal number; one that is none, or below zero, is left out. */
static void print_time(FILE *to, double seconds)
{
        if (isfinite(seconds) && seconds >= 0)
                fprintf(to, " time=\"%.6f\"", seconds);
}

static double seconds_of(const json_t *job)
{
        double seconds = get_number(job, "wall_s");

        return isfinite(seconds) && seconds >= 0 ? seconds : 0;
}

/* Every number of "timings" as a property of its own. */
static void print_timings(FILE *to, json_t *timings)
{
        const char *name;
        json_t *value;

        json_object_foreach(timings, name, value) {
                char text[40];

                snprintf(text, sizeof(text), "%.9g", json_number_value(value));
                if (json_is_number(value))
                        print_property(to, name, text);
        }
}

static void print_job(FILE *to, const json_t *job)
{
        const json_t *device = get_value(job, "device");
        char name[600], class[64], number[24] = "none";

        if (json_is_integer(device))
                snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(device));
        snprintf(name, sizeof(name), "%s/%s", shown_string(get_string(job, "job")).text, number);
        snprintf(class, sizeof(class), "forestage.%.40s",
                shown_string(get_string(job, "kind")).text);
        fputs("    <testcase", to);
        print_attribute(to, "classname", class);
        print_attribute(to, "name", name);
        print_time(to, get_number(job, "wall_s"));
        fputs(">\n      <properties>\n", to);
        print_property(to, "gpu", get_string(job, "name"));
        print_property(to, "uuid", get_string(job, "uuid"));
        print_property(to, "pci", get_string(job, "pci"));
        print_property(to, "rehearsal", get_bool(job, "rehearsal") ? "true" : "false");
        print_timings(to, get_value(job, "timings"));
        fputs("      </properties>\n", to);
        print_result(to, get_string(job, "status"), get_string(job, "reason"));
        fputs("    </testcase>\n", to);
}

/* Whatever is wrong with the run beyond its jobs fails here: no region's damage goes unseen. */
static void print_run(FILE *to, const char *status, const json_t *document)
{
        const char *first = json_string_value(json_array_get(get_value(document, "reasons"), 0));

        fputs("    <testcase classname=\"forestage\" name=\"run\" time=\"0\">\n", to);
        print_result(to, status, first ? first : get_string(document, "verdict"));
        fputs("    </testcase>\n", to);
}

static void print_totals(FILE *to, const struct totals *totals)
{
        fprintf(to, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"", totals->tests,
                totals->failures, totals->errors);
}

void junit_print(FILE *to, const json_t *document)
{
        const json_t *jobs = get_value(document, "jobs"), *job;
        const char *verdict = get_string(document, "verdict");
        const char *status = verdict && strcmp(verdict, "pass") == 0 ? "pass" : "fail";
        struct totals totals = { 0 };
        size_t i;

        json_array_foreach(jobs, i, job)
                count(&totals, get_string(job, "status"), seconds_of(job));
        count(&totals, status, 0);
        fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites", to);
        print_totals(to, &totals);
        fputs(">\n  <testsuite", to);
        print_attribute(to, "name", "forestage");
        print_attribute(to, "id", get_string(document, "run_id"));
        print_totals(to, &totals);
        fprintf(to, " skipped=\"%zu\"", totals.skipped);
        print_time(to, totals.seconds);
        print_attribute(to, "timestamp", get_string(get_value(document, "collected"), "time"));
        fputs(">\n", to);
        json_array_foreach(jobs, i, job)
                print_job(to, job);
        print_run(to, status, document);
        fputs("  </testsuite>\n</testsuites>\n", to);
}
