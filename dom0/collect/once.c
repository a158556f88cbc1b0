#include "dom0/collect/once.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/json.h"
#include "dom0/base/print.h"
#include "dom0/run/folder.h"
#include "dom0/run/summary.h"
#include "dom0/state/order.h"

json_t *once_collected(const struct host *host, const struct survey *survey)
{
        json_t *document = NULL;
        char *path = NULL;

        if (!survey->facts.boot_collected)
                return NULL;
        if (asprintf(&path, "%s/%s", host->runs, survey->facts.boot) >= 0)
                document = folder_own_document(path);
        free(path);
        if (document && get_bool(document, "complete"))
                return document;
        json_decref(document);
        return NULL;
}

int once_without_run(const struct host *host, struct survey *survey)
{
        const char *lost = survey->state.lost;

        if (!*lost || !survey->facts.has_armed || strcmp(survey->armed.reported, lost) == 0)
                return EXIT_PASS;
        armed_report(host, &survey->armed, lost);
        return complain(EXIT_FAIL,
                "run %s was started and has left no results; it ended %s; see forestage status",
                survey->state.lost, state_phase_text(survey->state.phase));
}

void once_remember(const struct host *host, struct survey *survey)
{
        if (survey->facts.has_armed && strcmp(survey->armed.collected, survey->facts.boot) != 0)
                armed_collected(host, &survey->armed, survey->facts.boot);
}

void once_print(const json_t *document, const char *folder)
{
        const char *id = get_string(document, "run_id");
        const char *verdict = get_string(document, "verdict");
        const json_t *counts = get_value(document, "counts");
        const json_t *reasons = get_value(document, "reasons");
        const char *reason = json_string_value(json_array_get(reasons, 0));

        print_line(stdout, "forestage: run %s: %s, %lld of %lld passed%s%s; %s",
                id ? id : "unknown", summary_verdict(verdict ? verdict : "incomplete"),
                get_integer(counts, "pass"), get_integer(counts, "planned"), reason ? "; " : "",
                reason ? reason : "", folder ? folder : "no run folder was written");
}

/* Whether there should be an ESP to confirm the run on: a dom0 of the tests has none. */
static bool is_at_home(const struct survey *survey)
{
        return survey->has_esp || survey->facts.esp_is_missing || survey->facts.has_armed;
}

/* Said of every run: whether the order stands for every boot is on the ESP, too. */
void once_confirm(const struct survey *survey, bool by_service)
{
        struct failure failure = survey->esp_failure;

        if (!survey->facts.has_boot || (!by_service && !is_at_home(survey)))
                return;
        if (!survey->has_esp || !order_confirm(&survey->esp, survey->line.run_id, &failure))
                complain(EXIT_PASS,
                        "warning: the EFI system partition does not say that dom0 has come up from "
                        "this run: %s; an order for every boot counts it as one that did not come "
                        "back, and after two of them disarms itself",
                        failure.text);
}
