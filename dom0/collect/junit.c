#include "dom0/collect/junit.h"

#include <math.h>
#include <string.h>

#include "dom0/base/escape.h"
#include "dom0/base/json.h"
#include "dom0/base/print.h"
#include "dom0/collect/ending.h"
#include "dom0/collect/xml.h"

#define ENDING_MOST 4096u /* bytes of a stream of one job */
#define ENDINGS_ALL                                                                               \
        ((size_t)2u << 20)              /* of the jobs that passed, and again of the others: what \
                                           CI systems take is some tens of MiB */
#define REASON_MOST ((size_t)16u << 10) /* bytes of one */

static void print_property(FILE *to, const char *name, const char *value)
{
        fputs("      <property", to);
        xml_attribute(to, "name", name);
        xml_attribute(to, "value", value);
        fputs("/>\n", to);
}

static void print_value_of(FILE *to, const char *name, const json_t *value)
{
        if (json_is_boolean(value))
                print_property(to, name, json_is_true(value) ? "true" : "false");
        else if (json_is_string(value) || json_is_number(value))
                print_property(to, name, SHOWN_VALUE(value));
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

/* The reasons as the text of the element, which is all that some readers show; one a line. */
static void print_reasons(FILE *to, const json_t *reasons)
{
        const json_t *reason;
        size_t i;

        json_array_foreach(reasons, i, reason) {
                const char *text = json_string_value(reason);
                size_t length = text ? strlen(text) : 0;

                if (i > 0)
                        putc('\n', to);
                xml_text(to, text, length < REASON_MOST ? length : REASON_MOST);
        }
}

/* `reasons` are texts, of which the first is the message. */
static void print_result(FILE *to, const char *status, const json_t *reasons)
{
        const char *element = element_of(status);

        if (!element)
                return;
        fprintf(to, "      <%s", element);
        xml_attribute(to, "type", status);
        xml_attribute(to, "message", json_string_value(json_array_get(reasons, 0)));
        putc('>', to);
        print_reasons(to, reasons);
        fprintf(to, "</%s>\n", element);
}

/* Readers take a time for a decimal number; one that is none, or below zero, is left out. */
static void print_time(FILE *to, double seconds)
{
        if (isfinite(seconds) && seconds >= 0)
                fprintf(to, " time=\"%.3f\"", seconds);
}

static double seconds_of(const json_t *job)
{
        double seconds = get_number(job, "wall_s");

        return isfinite(seconds) && seconds >= 0 ? seconds : 0;
}

/* "vecadd/0", "vecadd/none"; as the run's files have it, for their paths. */
static void name_job(const json_t *job, char *name, size_t size)
{
        const json_t *device = get_value(job, "device");

        if (json_is_integer(device))
                snprintf(name, size, "%s/%lld", get_text(job, "job"),
                        (long long)json_integer_value(device));
        else
                snprintf(name, size, "%s/none", get_text(job, "job"));
}

struct suite {
        FILE *to;
        struct endings endings;
        size_t share[2]; /* bytes of each stream: of a job that passed [1], of another [0] */
};

/* The end of what a job printed; the element is there when there is something to say. */
static void print_stream(
        const struct suite *suite, const json_t *job, const char *stream, const char *element)
{
        const char *status = get_text(job, "status");
        char name[600], path[700], dropped[40];
        struct ending end = { .length = 0 };
        long long lost;

        name_job(job, name, sizeof(name));
        snprintf(path, sizeof(path), "jobs/%s/%s", name, stream);
        snprintf(dropped, sizeof(dropped), "%s_dropped_bytes", stream);
        lost = get_integer(job, dropped);
        if (!endings_find(&suite->endings, path, suite->share[strcmp(status, "pass") == 0], &end) ||
                (end.length == 0 && end.before == 0 && lost <= 0))
                return;
        fprintf(suite->to, "      <%s>", element);
        if (end.before > 0) {
                fprintf(suite->to, "[%llu bytes before this are in ",
                        (unsigned long long)end.before);
                xml_text(suite->to, path, strlen(path));
                fputs("]\n", suite->to);
        }
        xml_text(suite->to, end.text, end.length);
        if (lost > 0)
                fprintf(suite->to, "\n[%lld bytes more were printed, and not recorded]", lost);
        fprintf(suite->to, "</%s>\n", element);
}

static void print_job(const struct suite *suite, const json_t *job)
{
        const char *status = get_string(job, "status"), *reason = get_string(job, "reason");
        json_auto_t *reasons = json_pack("[s]", reason && *reason ? reason : "no reason was given");
        char name[600], class[64];

        name_job(job, name, sizeof(name));
        snprintf(class, sizeof(class), "forestage.%.40s", SHOWN(get_string(job, "kind")));
        fputs("    <testcase", suite->to);
        xml_attribute(suite->to, "classname", class);
        xml_attribute(suite->to, "name", name);
        print_time(suite->to, get_number(job, "wall_s"));
        fputs(">\n", suite->to);
        print_result(suite->to, status, reasons);
        print_stream(suite, job, "stdout", "system-out");
        print_stream(suite, job, "stderr", "system-err");
        fputs("    </testcase>\n", suite->to);
}

/* Whatever is wrong with the run beyond its jobs fails here: no region's damage goes unseen. */
static void print_run(FILE *to, const char *status, const json_t *document)
{
        json_auto_t *verdict = json_pack("[s]", get_text(document, "verdict"));
        const json_t *reasons = get_value(document, "reasons");

        fputs("    <testcase classname=\"forestage\" name=\"run\" time=\"0.000\">\n", to);
        print_result(to, status, json_array_size(reasons) > 0 ? reasons : verdict);
        fputs("    </testcase>\n", to);
}

/* --- what holds for all of them --- */

static void print_devices(FILE *to, const json_t *devices)
{
        static const char *const keys[] = { "name", "uuid", "pci", "verdict" };
        const json_t *device;
        size_t number;

        json_array_foreach(devices, number, device)
                for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
                        char name[64];

                        snprintf(name, sizeof(name), "device.%zu.%s", number, keys[i]);
                        print_value_of(to, name, get_value(device, keys[i]));
                }
}

/* Every number of a job's "timings": job.vecadd/0.run_s. */
static void print_timings(FILE *to, const json_t *job)
{
        const char *key;
        json_t *value;

        json_object_foreach(get_value(job, "timings"), key, value) {
                char job_name[600], name[700], text[40];

                if (!json_is_number(value))
                        continue;
                name_job(job, job_name, sizeof(job_name));
                snprintf(name, sizeof(name), "job.%s.%s", job_name, key);
                snprintf(text, sizeof(text), "%.9g", json_number_value(value));
                print_property(to, name, text);
        }
}

static void print_properties(FILE *to, const json_t *document)
{
        static const struct {
                const char *name, *object, *key; /* no object: the document itself */
        } facts[] = {
                { "run", NULL, "run_id" },
                { "verdict", NULL, "verdict" },
                { "rehearsal", NULL, "rehearsal" },
                { "complete", NULL, "complete" },
                { "hypervisor", "where", "hypervisor" },
                { "machine", "where", "machine" },
                { "cpu", "where", "cpu" },
                { "kernel", "where", "kernel" },
                { "driver", "where", "driver" },
                { "cuda", "where", "cuda_version" },
                { "version", "collected", "version" },
        };
        const json_t *job;
        size_t i;

        fputs("    <properties>\n", to);
        for (i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
                const json_t *object =
                        facts[i].object ? get_value(document, facts[i].object) : document;

                print_value_of(to, facts[i].name, get_value(object, facts[i].key));
        }
        print_devices(to, get_value(document, "devices"));
        json_array_foreach(get_value(document, "jobs"), i, job)
                print_timings(to, job);
        fputs("    </properties>\n", to);
}

static void print_totals(FILE *to, const struct totals *totals)
{
        fputs(" name=\"forestage\"", to);
        fprintf(to, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"", totals->tests,
                totals->failures, totals->errors);
        print_time(to, totals->seconds);
}

/* The schemas have the time without a zone: it is UTC. */
static void print_timestamp(FILE *to, const json_t *collected)
{
        const char *time = get_text(collected, "time");
        char text[32];

        if (!*time)
                return;
        snprintf(text, sizeof(text), "%.*s", (int)strcspn(time, "Z"), time);
        xml_attribute(to, "timestamp", text);
}

/* A region in memory is of the host that collects it; where a file comes from nobody knows. */
static const char *host_of(const json_t *document)
{
        const char *host = get_text(get_value(document, "collected"), "host");

        return get_string(get_value(document, "region"), "address") && *host ? host : "localhost";
}

static struct totals count_all(const json_t *document, const char *status, struct suite *suite)
{
        struct totals totals = { 0 };
        size_t passed = 0, others, i;
        const json_t *job;

        json_array_foreach(get_value(document, "jobs"), i, job) {
                count(&totals, get_string(job, "status"), seconds_of(job));
                passed += strcmp(get_text(job, "status"), "pass") == 0;
        }
        others = totals.tests - passed;
        count(&totals, status, 0);
        suite->share[1] = ENDINGS_ALL / 2 / (passed + 1);
        suite->share[0] = ENDINGS_ALL / 2 / (others + 1);
        for (i = 0; i < 2; i++)
                if (suite->share[i] > ENDING_MOST)
                        suite->share[i] = ENDING_MOST;
        return totals;
}

void junit_print(FILE *to, const json_t *document, const struct run *run)
{
        const char *status = strcmp(get_text(document, "verdict"), "pass") == 0 ? "pass" : "fail";
        struct suite suite = { .to = to };
        struct totals totals = count_all(document, status, &suite);
        const json_t *job;
        size_t i;

        endings_make(run, &suite.endings);
        fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites", to);
        print_totals(to, &totals);
        fputs(">\n  <testsuite", to);
        print_totals(to, &totals);
        fprintf(to, " skipped=\"%zu\"", totals.skipped);
        print_timestamp(to, get_value(document, "collected"));
        xml_attribute(to, "hostname", host_of(document));
        xml_attribute(to, "id", get_string(document, "run_id"));
        fputs(">\n", to);
        print_properties(to, document);
        json_array_foreach(get_value(document, "jobs"), i, job)
                print_job(&suite, job);
        print_run(to, status, document);
        fputs("  </testsuite>\n</testsuites>\n", to);
        endings_free(&suite.endings);
}
