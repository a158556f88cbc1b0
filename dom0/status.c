#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/document.h"
#include "dom0/escape.h"
#include "dom0/folder.h"
#include "dom0/memory.h"
#include "dom0/print.h"
#include "dom0/source.h"
#include "dom0/summary.h"
#include "dom0/verb.h"

struct status_options {
        const char *region;
        bool json;
};

static const struct option_spec options[] = {
        { "region", "FILE|ADDR,SIZE",
                "look at this region instead of the one that this boot's kernel command line names",
                offsetof(struct status_options, region) },
        { "json", NULL, "print one JSON object and nothing else on standard output",
                offsetof(struct status_options, json) },
        { 0 },
};

/* What is true now, in the words of the JSON object. */
struct status {
        const char *state;                   /* "none", "waiting", "collected", "unknown" */
        char run_id[REGION_UUID_LENGTH + 1]; /* empty: none or not known */
        const char *verdict;                 /* NULL: not computed */
        const char *verdict_from;            /* "run folder", "region"; NULL: not computed */
        char *folder;                        /* where the run is or will be; owned; NULL: none */
        json_t *document;                    /* of the run folder, or NULL */
        char next[512];                      /* what to do */
        enum exit_code code;
};

static void set_next(struct status *status, const char *text)
{
        snprintf(status->next, sizeof(status->next), "%s", text);
}

/* Looks for the run folder of the run; a folder that may not be read is "unknown". */
static void look_for_folder(const struct host *host, struct status *status)
{
        size_t size = strlen(host->runs) + sizeof(status->run_id) + 1;

        status->folder = memory_get(size);
        snprintf(status->folder, size, "%s/%s", host->runs, status->run_id);
        status->document = folder_document(status->folder);
        if (status->document) {
                status->state = "collected";
                status->verdict = json_string_value(json_object_get(status->document, "verdict"));
                status->verdict_from = "run folder";
                return;
        }
        if (errno != EACCES && errno != EPERM)
                return;
        status->state = "unknown";
        status->code = EXIT_FAIL;
        set_next(status, "run it as root: only root may read the collected runs");
}

static void look_at_boot(const struct host *host, struct status *status)
{
        struct bootline line;
        struct failure failure;

        if (!source_bootline(host, &line, &failure)) {
                status->state = failure.code == EXIT_NO_RUN ? "none" : "unknown";
                status->code = failure.code == EXIT_NO_RUN ? EXIT_NO_RUN : EXIT_FAIL;
                set_next(status, failure.text);
                return;
        }
        region_uuid_format(line.run_id, status->run_id);
        status->state = "waiting";
        set_next(status, "collect the results: forestage collect");
        look_for_folder(host, status);
        if (strcmp(status->state, "collected") == 0)
                set_next(status, "nothing: the results are in the run folder");
}

static int look_at_region(const struct host *host, const char *region, struct status *status)
{
        struct failure failure;
        struct source source;
        struct run run;

        if (!source_open(host, region, &source, &failure))
                return failure_print(&failure);
        run_read(source.base, source.size, NULL, &run);
        status->state = "waiting";
        set_next(status, "collect the results: forestage collect --region REGION --out DIR");
        if (run.has_id) {
                memcpy(status->run_id, run.id, sizeof(status->run_id));
                look_for_folder(host, status);
        }
        status->verdict = verdict_name(run.verdict);
        status->verdict_from = "region";
        run_free(&run);
        source_close(&source);
        return 0;
}

static json_t *text_or_null(const char *text)
{
        return text && *text ? json_string(text) : json_null();
}

static void print_json(const struct status *status)
{
        json_t *object = json_object();

        json_object_set_new(object, "schema", json_string("forestage-status/1"));
        json_object_set_new(object, "state", json_string(status->state));
        json_object_set_new(object, "run_id", text_or_null(status->run_id));
        json_object_set_new(object, "verdict", text_or_null(status->verdict));
        json_object_set_new(object, "verdict_from", text_or_null(status->verdict_from));
        json_object_set_new(object, "folder", text_or_null(status->folder));
        json_object_set_new(object, "next", text_or_null(status->next));
        json_dumpf(object, stdout, DOCUMENT_FILE);
        putchar('\n');
        json_decref(object);
}

static const char *state_text(const struct status *status)
{
        static const struct {
                const char *state, *text;
        } texts[] = {
                { "none", "no run here" },
                { "waiting", "results are waiting to be collected" },
                { "collected", "the results are collected" },
                { "unknown", "cannot be told" },
        };

        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
                if (strcmp(texts[i].state, status->state) == 0)
                        return texts[i].text;
        return status->state;
}

static void print_text(const struct status *status)
{
        char text[256];

        print_labelled(stdout, "State:", state_text(status));
        if (*status->run_id)
                print_labelled(stdout, "Run:", status->run_id);
        if (status->verdict)
                snprintf(text, sizeof(text), "%s (from the %s)", summary_verdict(status->verdict),
                        status->verdict_from);
        else
                snprintf(text, sizeof(text), "not computed yet; collect computes it");
        if (*status->run_id || status->verdict)
                print_labelled(stdout, "Verdict:", text);
        if (status->document)
                print_labelled(stdout, "Folder:", shown_string(status->folder).text);
        print_labelled(stdout, "Next:", status->next);
}

static int status(const struct host *host, int argc, char **argv)
{
        struct status now = { .code = EXIT_PASS };
        struct status_options given = { 0 };
        struct option_error wrong;
        int code;

        if (!option_parse(options, argc, argv, &given, &wrong))
                return option_complain(argv[0], &wrong);
        if (!given.region)
                look_at_boot(host, &now);
        else if ((code = look_at_region(host, given.region, &now)) != 0)
                return code;
        if (given.json)
                print_json(&now);
        else
                print_text(&now);
        json_decref(now.document);
        free(now.folder);
        return fflush(stdout) == 0 ? (int)now.code : EXIT_INCOMPLETE;
}

const struct verb verb_status = {
        .name = "status",
        .summary = "say whether this boot carries a run, and whether it is collected",
        .details =
                "Looks at this boot's kernel command line and at the collected runs. It reads no "
                "memory, so that it cannot say the verdict of a run that is not collected; with "
                "--region it reads that region and does.\n"
                "\n"
                "Exit status: 0 it could tell; 1 it could not; 2 wrong usage; 3 no run here; 4 the "
                "region could not be read.",
        .options = options,
        .run = status,
};
