#include "dom0/collect/once.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/print.h"
#include "dom0/host/source.h"
#include "dom0/run/folder.h"
#include "dom0/run/summary.h"
#include "dom0/state/order.h"
#include "dom0/state/survey.h"

static bool find_run(const struct host *host, struct bootline *ret_line)
{
        struct failure ignored;

        return source_bootline(host, ret_line, &ignored);
}

json_t *once_collected(const struct host *host)
{
        char id[REGION_UUID_LENGTH + 1], *path = NULL;
        json_t *document = NULL;
        struct bootline line;

        if (!find_run(host, &line))
                return NULL;
        region_uuid_format(line.run_id, id);
        if (asprintf(&path, "%s/%s", host->runs, id) >= 0)
                document = folder_own_document(path);
        free(path);
        if (document && json_is_true(json_object_get(document, "complete")))
                return document;
        json_decref(document);
        return NULL;
}

int once_without_run(const struct host *host)
{
        struct survey survey;
        int code = EXIT_PASS;

        survey_make(host, &survey);
        if (*survey.state.lost && survey.facts.has_armed && !survey.armed.reported) {
                code = complain(EXIT_FAIL,
                        "run %s was started and has left no results; it ended %s; see forestage "
                        "status",
                        survey.state.lost, state_phase_text(survey.state.phase));
                armed_report(host, &survey.armed);
        }
        survey_free(&survey);
        return code;
}

void once_print(const json_t *document, const char *folder)
{
        const char *id = json_string_value(json_object_get(document, "run_id"));
        const char *verdict = json_string_value(json_object_get(document, "verdict"));
        const json_t *counts = json_object_get(document, "counts");
        const json_t *reasons = json_object_get(document, "reasons");
        const char *reason = json_string_value(json_array_get(reasons, 0));

        print_line(stdout, "forestage: run %s: %s, %lld of %lld passed%s%s; %s",
                id ? id : "unknown", summary_verdict(verdict ? verdict : "incomplete"),
                (long long)json_integer_value(json_object_get(counts, "pass")),
                (long long)json_integer_value(json_object_get(counts, "planned")),
                reason ? "; " : "", reason ? reason : "",
                folder ? folder : "no run folder was written");
}

void once_confirm(const struct host *host)
{
        struct failure failure;
        struct bootline line;
        struct order order;
        struct esp esp;

        if (!find_run(host, &line) || !esp_find(host, NULL, &esp, &failure))
                return;
        if (!order_confirm(&esp, line.run_id, &failure) && order_read(&esp, &order) == ORDER_LIVE &&
                order.every_boot)
                complain(EXIT_PASS,
                        "warning: %s; the order for every boot counts this run as one that did "
                        "not come back",
                        failure.text);
        esp_free(&esp);
}
