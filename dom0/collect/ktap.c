#include "dom0/collect/ktap.h"

#include <string.h>

#include "dom0/base/escape.h"
#include "dom0/base/json.h"

/*
 * What the kernel prints last when it goes down, wherever it is in a line: kunit's parser reads
 * nothing behind it. A reason may quote the kernel's log.
 */
static bool is_end_of_log(const char *text)
{
        static const char *const ends[] = { "List of all partitions:",
                "Kernel panic - not syncing: VFS:", "reboot: System halted" };

        for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
                if (strncmp(text, ends[i], strlen(ends[i])) == 0)
                        return true;
        return false;
}

/* The character that is not to be what it is, as escaped text has others. */
static void print_hidden(FILE *to, char character)
{
        fprintf(to, "\\x%02x", (unsigned)(unsigned char)character);
}

/* Escaped text has no end of line in it, and a word before it: "# Subtest: …" would start one. */
static void print_note(FILE *to, const char *what, const char *text)
{
        struct shown safe = shown_string(text);

        fprintf(to, "# %s: ", what);
        for (const char *at = safe.text; *at; at++) {
                if (is_end_of_log(at))
                        print_hidden(to, *at);
                else
                        putc(*at, to);
        }
        putc('\n', to);
}

/*
 * Text in the line of a test, where a '#' begins a directive ("not ok 1 a # TODO" is a pass) and a
 * backslash is TAP's own escape. KTAP has no escapes and allows no '#' at all; a "- " before a name
 * is none of the name.
 */
static void print_text(FILE *to, const char *text)
{
        struct shown safe = shown_string(text);

        for (const char *at = safe.text; *at; at++) {
                bool is_dash = at == safe.text && strncmp(at, "- ", 2) == 0;

                if (*at == '#' || is_dash || is_end_of_log(at))
                        print_hidden(to, *at);
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

/* What a status is in the line of a test. */
static const struct outcome {
        const char *status;
        const char *result;
        const char *directive; /* "": none, and no reason behind it */
} outcomes[] = {
        { "pass", "ok", "" }, { "skip", "ok", "SKIP" }, { "fail", "not ok", "" },
        { "timeout", "not ok", "TIMEOUT" }, { "error", "not ok", "ERROR" },
        { "notrun", "not ok", "ERROR" }, { NULL, "not ok", "ERROR" }, /* any other */
};

static const struct outcome *find_outcome(const char *status)
{
        const struct outcome *outcome = outcomes;

        while (outcome->status && (!status || strcmp(outcome->status, status) != 0))
                outcome++;
        return outcome;
}

static void print_job(FILE *to, size_t number, const json_t *job)
{
        const char *status = get_string(job, "status"), *reason = get_string(job, "reason");
        const struct outcome *outcome = find_outcome(status);
        const json_t *wall = get_value(job, "wall_s");
        char device[24];

        if (!reason)
                reason = "no reason was given";
        if (strcmp(outcome->result, "ok") != 0) {
                print_note(to, "status", status);
                print_note(to, "reason", reason);
        }
        if (json_is_number(wall))
                fprintf(to, "# wall_s: %.6f\n", json_number_value(wall));
        print_device(device, sizeof(device), job);
        fprintf(to, "%s %zu ", outcome->result, number);
        print_text(to, get_string(job, "job"));
        fprintf(to, "/%s", device);
        if (*outcome->directive) {
                fprintf(to, " # %s ", outcome->directive);
                print_text(to, reason);
        }
        putc('\n', to);
}

/* Whatever is wrong with the run beyond its jobs fails here: no region's damage goes unseen. */
static void print_run(FILE *to, size_t number, const json_t *document)
{
        const char *verdict = get_string(document, "verdict");
        const json_t *reason;
        size_t i;

        print_note(to, "verdict", verdict);
        json_array_foreach(get_value(document, "reasons"), i, reason)
                print_note(to, "reason", json_string_value(reason));
        fprintf(to, "%s %zu run\n", verdict && strcmp(verdict, "pass") == 0 ? "ok" : "not ok",
                number);
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
