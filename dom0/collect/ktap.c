#include "dom0/collect/ktap.h"

#include <string.h>

#include "dom0/base/escape.h"
#include "dom0/base/json.h"

/* Escaped text has no end of line in it, and a word before it: "# Subtest: …" would start one. */
static void print_note(FILE *to, const char *what, const char *text)
{
        fprintf(to, "# %s: %s\n", what, shown_string(text).text);
}

/*
 * Text in the line of a test, where a '#' begins a directive ("not ok 1 a # TODO" is a pass) and a
 * backslash is TAP's own escape. KTAP has no escapes and allows no '#' at all.
 */
static void print_text(FILE *to, const char *text)
{
        struct shown safe = shown_string(text);

        for (const char *at = safe.text; *at; at++) {
                if (*at == '#')
                        fputs("\\x23", to);
                else if (*at == '\\')
                        fputs("\\\\", to);
                else
                        putc(*at, to);
        }
}

static void print_device(char *text, size_t size, const json_t *job)
{
        const json_t *device = get_value(job, "device");

        if (json_is_integer(device))
                snprintf(text, size, "%lld", (long long)json_integer_value(device));
        else
                snprintf(text, size, "none");
}

/* A job that passed, and one that was skipped for a reason, are ok. */
static void print_job(FILE *to, size_t number, const json_t *job)
{
        const char *status = get_string(job, "status"), *reason = get_string(job, "reason");
        bool skipped = status && strcmp(status, "skip") == 0;
        bool good = skipped || (status && strcmp(status, "pass") == 0);
        const json_t *wall = get_value(job, "wall_s");
        char device[24];

        print_device(device, sizeof(device), job);
        fprintf(to, "%s %zu ", good ? "ok" : "not ok", number);
        print_text(to, get_string(job, "job"));
        fprintf(to, "/%s", device);
        if (skipped) {
                fputs(" # SKIP ", to);
                print_text(to, reason);
        }
        putc('\n', to);
        if (!good) {
                print_note(to, "status", status);
                print_note(to, "reason", reason ? reason : "no reason was given");
        }
        if (json_is_number(wall))
                fprintf(to, "# wall_s: %.6f\n", json_number_value(wall));
}

/* Whatever is wrong with the run beyond its jobs fails here: no region's damage goes unseen. */
static void print_run(FILE *to, size_t number, const json_t *document)
{
        const char *verdict = get_string(document, "verdict");
        const json_t *reason;
        size_t i;

        fprintf(to, "%s %zu run\n", verdict && strcmp(verdict, "pass") == 0 ? "ok" : "not ok",
                number);
        print_note(to, "verdict", verdict);
        json_array_foreach(get_value(document, "reasons"), i, reason)
                print_note(to, "reason", json_string_value(reason));
}

void ktap_print(FILE *to, const json_t *document)
{
        const json_t *jobs = get_value(document, "jobs"), *job;
        size_t i;

        fprintf(to, "KTAP version 1\n1..%zu\n", json_array_size(jobs) + 1);
        print_note(to, "run", get_string(document, "run_id"));
        if (get_bool(document, "rehearsal"))
                print_note(to, "rehearsal", "no GPU was involved");
        json_array_foreach(jobs, i, job)
                print_job(to, i + 1, job);
        print_run(to, json_array_size(jobs) + 1, document);
}
