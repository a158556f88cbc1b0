#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/memory.h"
#include "dom0/base/print.h"
#include "dom0/base/verb.h"
#include "dom0/host/source.h"
#include "dom0/proof/read.h"
#include "dom0/run/document.h"
#include "dom0/run/folder.h"
#include "dom0/run/summary.h"
#include "dom0/state/survey.h"
#include "efi/parse/repeat.h"

struct status_options {
        const char *region;
        bool json;
};

static const struct option_spec options[] = {
        { "region", OPTION_VALUE, offsetof(struct status_options, region) },
        { "json", OPTION_SWITCH, offsetof(struct status_options, json) },
        { 0 },
};

/* What is true now, in the words of the JSON object. */
struct status {
        enum state_kind kind;
        char run_id[REGION_UUID_LENGTH + 1]; /* empty: none or not known */
        const char *verdict;                 /* NULL: not computed */
        const char *verdict_from;            /* "run folder", "region"; NULL: not computed */
        char *folder;                        /* where the run is or will be; owned; NULL: none */
        json_t *document;                    /* of the run folder, or NULL */
        char next[600];                      /* what to do */
        char note[600];                      /* what else is to be known; "" nothing */
        struct survey survey;                /* of the host; all zero with --region */
        enum exit_code code;
};

__attribute__((format(printf, 2, 3))) static void set_next(
        struct status *status, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(status->next, sizeof(status->next), format, arguments);
        va_end(arguments);
}

__attribute__((format(printf, 2, 3))) static void set_note(
        struct status *status, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(status->note, sizeof(status->note), format, arguments);
        va_end(arguments);
}

/* Looks for the run folder of the run; a folder that may not be read is unknown. */
static void look_for_folder(const struct host *host, struct status *status)
{
        size_t size = strlen(host->runs) + sizeof(status->run_id) + 1;

        status->folder = memory_get(size);
        snprintf(status->folder, size, "%s/%s", host->runs, status->run_id);
        status->document = folder_own_document(status->folder);
        if (status->document) {
                status->kind = STATE_COLLECTED;
                status->verdict = json_string_value(json_object_get(status->document, "verdict"));
                status->verdict_from = "run folder";
                return;
        }
        if (errno != EACCES && errno != EPERM)
                return;
        status->kind = STATE_UNKNOWN;
        status->code = EXIT_FAIL;
        set_next(status, "run it as root: only root may read the collected runs");
}

/* --- what to do next, by state --- */

static void next_not_installed(struct status *status)
{
        status->code = EXIT_NO_RUN;
        set_next(status, "install it: forestage install");
}

static void next_idle(struct status *status)
{
        set_next(status, "order a run: forestage arm --jobs DIR");
        if (status->survey.state.never_started)
                set_note(status,
                        "the order %s is gone from the EFI system partition, but the firmware "
                        "never "
                        "started it",
                        status->survey.facts.armed);
}

static void next_armed(struct status *status)
{
        const struct survey *survey = &status->survey;

        set_next(status, "reboot to run it, or call it off: forestage disarm");
        if (*survey->not_ready)
                set_next(status, "as it is, the run would not start: %s", survey->not_ready);
        else if (*survey->stale)
                set_next(status, "arm again: %s, and the run would end in the old one",
                        survey->stale);
        if (survey->facts.order_repeats && *survey->state.lost)
                set_note(status,
                        "its last run, %s, left no results; it ended %s. Strikes: %u of %u; then "
                        "the order disarms itself",
                        survey->state.lost, state_phase_text(survey->state.phase), survey->strikes,
                        REPEAT_STRIKES);
}

static void next_lost(struct status *status)
{
        const struct survey *survey = &status->survey;

        set_note(status, "it ended %s", state_phase_text(survey->state.phase));
        set_next(status, "look at the machine's console log if there is one; then arm again: "
                         "forestage arm");
        if (survey->facts.armed_repeats && survey->strikes >= REPEAT_STRIKES)
                set_note(status,
                        "it ended %s. That was the second in a row, and the order has "
                        "disarmed itself",
                        state_phase_text(survey->state.phase));
}

static void next_waiting(struct status *status)
{
        set_next(status, "collect the results: forestage collect");
}

static void next_collected(struct status *status)
{
        set_next(status, "nothing: the results are in the run folder");
}

static void next_unknown(struct status *status)
{
        status->code = EXIT_FAIL;
        set_next(status, "mount the EFI system partition (usually: mount /boot/efi) and ask again");
}

static void (*const next_steps[])(struct status *status) = {
        [STATE_NOT_INSTALLED] = next_not_installed,
        [STATE_IDLE] = next_idle,
        [STATE_ARMED] = next_armed,
        [STATE_LOST] = next_lost,
        [STATE_WAITING] = next_waiting,
        [STATE_COLLECTED] = next_collected,
        [STATE_UNKNOWN] = next_unknown,
};

static void look_at_host(const struct host *host, struct status *status)
{
        const struct survey *survey = &status->survey;

        survey_make(host, &status->survey);
        survey_readiness(host, &status->survey);
        if (survey->has_failure) {
                status->kind = STATE_UNKNOWN;
                status->code = EXIT_FAIL;
                set_next(status, "%s", survey->failure.text);
                return;
        }
        status->kind = survey->state.kind;
        memcpy(status->run_id, survey->state.run, sizeof(status->run_id));
        next_steps[status->kind](status);
        if (survey->denied || status->kind == STATE_WAITING || status->kind == STATE_COLLECTED)
                look_for_folder(host, status);
        if (survey->state.spent)
                set_note(status,
                        "the used order could not be removed from the EFI system partition, and is "
                        "dead; to tidy up: forestage disarm");
}

static int look_at_region(const struct host *host, const char *region, struct status *status)
{
        struct failure failure;
        struct source source;
        struct run run;

        if (!source_open(host, region, NULL, &source, &failure))
                return failure_print(&failure);
        run_read(source.base, source.size, NULL, &run);
        status->kind = STATE_WAITING;
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
        const struct survey *survey = &status->survey;
        json_t *object = json_object();

        json_object_set_new(object, "schema", json_string("forestage-status/2"));
        json_object_set_new(object, "state", json_string(state_name(status->kind)));
        json_object_set_new(object, "run_id", text_or_null(status->run_id));
        json_object_set_new(object, "verdict", text_or_null(status->verdict));
        json_object_set_new(object, "verdict_from", text_or_null(status->verdict_from));
        json_object_set_new(object, "folder", text_or_null(status->folder));
        json_object_set_new(object, "installed", json_boolean(survey->facts.installed));
        json_object_set_new(
                object, "order", text_or_null(survey->state.spent ? NULL : survey->facts.order));
        json_object_set_new(object, "every_boot", json_boolean(survey->facts.order_repeats));
        json_object_set_new(object, "lost_run", text_or_null(survey->state.lost));
        json_object_set_new(object, "lost_phase", text_or_null(survey->state.phase));
        json_object_set_new(object, "strikes", json_integer(survey->strikes));
        json_object_set_new(object, "stale", text_or_null(survey->stale));
        json_object_set_new(object, "not_ready", text_or_null(survey->not_ready));
        json_object_set_new(object, "note", text_or_null(status->note));
        json_object_set_new(object, "next", text_or_null(status->next));
        json_dumpf(object, stdout, DOCUMENT_FILE);
        putchar('\n');
        json_decref(object);
}

static void print_verdict(const struct status *status)
{
        char text[256];

        if (status->verdict)
                snprintf(text, sizeof(text), "%s (from the %s)", summary_verdict(status->verdict),
                        status->verdict_from);
        else if (status->kind == STATE_WAITING)
                snprintf(text, sizeof(text), "not computed yet; collect computes it");
        else
                return;
        print_labelled(stdout, "Verdict:", text);
}

static void print_text(const struct status *status)
{
        const struct survey *survey = &status->survey;
        bool more = status->kind != STATE_ARMED && survey->facts.has_order && !survey->state.spent;

        print_labelled(stdout, "State:", state_text(status->kind));
        if (*status->run_id)
                print_labelled(
                        stdout, status->kind == STATE_ARMED ? "Order:" : "Run:", status->run_id);
        if (status->kind == STATE_ARMED && survey->facts.order_repeats)
                print_labelled(stdout, "When:", "at every boot");
        print_verdict(status);
        if (status->document)
                print_labelled(stdout, "Folder:", status->folder);
        if (more)
                print_labelled(stdout, "Armed:", survey->facts.order);
        if (*status->note)
                print_labelled(stdout, "Note:", status->note);
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
                look_at_host(host, &now);
        else if ((code = look_at_region(host, given.region, &now)) != 0)
                return code;
        if (given.json)
                print_json(&now);
        else
                print_text(&now);
        json_decref(now.document);
        survey_free(&now.survey);
        free(now.folder);
        return fflush(stdout) == 0 ? (int)now.code : EXIT_INCOMPLETE;
}

const struct verb verb_status = {
        .name = "status",
        .options = options,
        .run = status,
};
