#include "dom0/collect/metrics.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/collect/outlet.h"

static void head(FILE *to, const char *name, const char *help)
{
        fprintf(to, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

/* A label's value: backslash, quote and line break are escaped. */
static void label(FILE *to, const char *name, const char *value)
{
        fprintf(to, "%s=\"", name);
        for (; value && *value; value++) {
                if (*value == '\n')
                        fputs("\\n", to);
                else if (*value == '"' || *value == '\\')
                        fprintf(to, "\\%c", *value);
                else
                        putc(*value, to);
        }
        putc('"', to);
}

/* Of a run that was lost nobody knows whether it was a rehearsal; only of such a one is a phase. */
static void put_info(FILE *to, const json_t *document)
{
        const json_t *rehearsal = get_value(document, "rehearsal");

        head(to, "forestage_run_info", "The last run, and what became of it.");
        fputs("forestage_run_info{", to);
        label(to, "run", get_string(document, "run_id"));
        putc(',', to);
        label(to, "verdict", get_string(document, "verdict"));
        if (json_is_boolean(rehearsal))
                fprintf(to, ",rehearsal=\"%s\"", json_is_true(rehearsal) ? "true" : "false");
        if (get_string(document, "phase")) {
                putc(',', to);
                label(to, "phase", get_string(document, "phase"));
        }
        fputs("} 1\n", to);
}

/* One line for each number; nothing at all without an object. */
static void put_numbers(
        FILE *to, const json_t *object, const char *name, const char *key_label, const char *help)
{
        const char *key;
        json_t *value;

        if (!object)
                return;
        head(to, name, help);
        json_object_foreach((json_t *)object, key, value) {
                fprintf(to, "%s{", name);
                label(to, key_label, key);
                fprintf(to, "} %.17g\n", json_number_value(value));
        }
}

char *metrics_text(const json_t *document, long long now)
{
        char *text = NULL;
        size_t length;
        FILE *to = open_memstream(&text, &length);
        const char *verdict = get_string(document, "verdict");

        if (!to)
                return memory_allocate(SIZE_MAX);
        put_info(to, document);
        head(to, "forestage_run_passed", "1 when the last run passed.");
        fprintf(to, "forestage_run_passed %d\n", verdict && strcmp(verdict, "pass") == 0);
        head(to, "forestage_run_collected_timestamp_seconds", "When that was found out.");
        fprintf(to, "forestage_run_collected_timestamp_seconds %lld\n", now);
        put_numbers(to, get_value(document, "counts"), "forestage_run_jobs", "status",
                "Jobs times devices of the last run, by status.");
        put_numbers(to, get_value(document, "phases"), "forestage_run_phase_seconds", "phase",
                "How long each phase of the last run took.");
        fclose(to);
        return text;
}

bool metrics_write(const char *path, const json_t *document, struct failure *ret_error)
{
        char *text = metrics_text(document, time(NULL));
        bool good = outlet_write(path, text, strlen(text), 0644, NULL, ret_error);

        if (!good)
                ret_error->code = EXIT_INCOMPLETE;
        free(text);
        return good;
}
