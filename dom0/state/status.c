#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/json.h"
#include "dom0/base/lock.h"
#include "dom0/base/memory.h"
#include "dom0/base/print.h"
#include "dom0/base/verb.h"
#include "dom0/host/inventory.h"
#include "dom0/host/source.h"
#include "dom0/proof/read.h"
#include "dom0/run/document.h"
#include "dom0/run/folder.h"
#include "dom0/run/summary.h"
#include "dom0/state/difference.h"
#include "dom0/state/survey.h"
#include "dom0/state/trialstart.h"
#include "efi/parse/repeat.h"
#include "lib/cleanup.h"
#include "lib/uuid.h"

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
        char run_id[UUID_LENGTH + 1]; /* empty: none or not known */
        const char *verdict;          /* NULL: not computed */
        const char *verdict_from;     /* "run folder", "region"; NULL: not computed */
        char *folder;                 /* where the run is or will be; owned; NULL: none */
        json_t *document;             /* of the run folder, or NULL */
        char next[900];               /* what to do */
        char note[900];               /* what else is to be known; "" nothing */
        struct survey survey;         /* of the host; all zero with --region */
        struct inventory inventory;   /* the same */
        struct differences different; /* until the next normal boot */
        bool has_trial;
        struct trial_standing trial; /* of the one that was armed last */
        enum exit_code code;
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LOOKS        5u /* at a host that others are changing */
#define LIST_COLUMNS 14u

#define set_next(status, ...) snprintf((status)->next, sizeof((status)->next), __VA_ARGS__)
#define set_note(status, ...) snprintf((status)->note, sizeof((status)->note), __VA_ARGS__)

/* Looks for the run folder of the run; a folder that may not be read is unknown. */
static void look_for_folder(const struct host *host, struct status *status)
{
        status->folder = memory_format("%s/%s", host->runs, status->run_id);
        status->document = folder_own_document(status->folder);
        if (status->document) {
                status->kind = STATE_COLLECTED;
                status->verdict = get_string(status->document, "verdict");
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
        set_next(status, "ask whether this host can: forestage doctor; then install it: forestage "
                         "install --dry-run shows how");
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

/* Whether the host's services bring an order for every boot up to date, or disarm it. */
static bool follows(const struct survey *survey)
{
        const struct followup_facts facts = survey_followup(survey);

        return facts.has_order && facts.known;
}

static void next_followed(struct status *status)
{
        const struct survey *survey = &status->survey;
        struct followup_facts facts = survey_followup(survey);
        const char *what = survey->unseen ? survey->not_ready : survey->stale;

        facts.sight = survey->unseen ? FOLLOWUP_UNKNOWN : FOLLOWUP_DIFFERS;
        facts.over = true;
        set_next(status,
                "nothing: %s; when this host is shut down the order is %s, before a boot could "
                "start what is old (at once: forestage follow)",
                what, followup_decide(&facts) == FOLLOWUP_ARM ? "armed anew" : "disarmed");
}

/* What became of an order for every boot that is not on the ESP. */
static void note_withdrawn(struct status *status)
{
        const struct survey *survey = &status->survey;
        const struct followup_facts facts = survey_followup(survey);
        const char *stopped;
        bool told;

        if (!facts.known || facts.has_order)
                return;
        stopped = armed_stopped(&survey->armed, &told);
        if (stopped)
                set_note(status, "order %s for every boot was disarmed: %s", survey->facts.armed,
                        stopped);
        else if (facts.withdrawn)
                set_note(status,
                        "order %s for every boot is withdrawn: %s. When this host is shut down, or "
                        "has come up again, it is %s (at once: forestage follow; to call it off: "
                        "forestage disarm)",
                        survey->facts.armed, armed_withdrawn(&survey->armed),
                        facts.updates == ARMED_STOP ? "disarmed, unless that was undone"
                                                    : "armed anew");
}

static void next_armed(struct status *status)
{
        const struct survey *survey = &status->survey;

        set_next(status, "reboot to run it, or call it off: forestage disarm");
        if (status->inventory.is_there)
                set_next(status,
                        "restart this host to run it (xe host-disable, xe host-evacuate and xe "
                        "host-reboot, each with host=%s), or call it off: forestage disarm",
                        inventory_name(&status->inventory));
        if (follows(survey) && (*survey->stale || survey->unseen))
                next_followed(status);
        else if (*survey->not_ready)
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
        if (armed_store(&survey->armed))
                set_next(status, "collect the results from the store, if they are there: forestage "
                                 "collect; otherwise look at the machine's console log, and arm "
                                 "again: forestage arm");
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
        set_note(status, "%s", status->survey.esp_failure.text);
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

/* Of a boot whose command line cannot be understood nothing is known that it could be told by. */
static void look_for_trial(const struct host *host, struct status *status)
{
        _cleanup_(trial_plan_free) struct trial_plan plan = { .folder = NULL };
        struct trial_start start;

        status->has_trial = trial_plan_last(host, &plan);
        if (!status->has_trial)
                return;
        start = trialstart_of(&status->survey, &plan);
        trial_standing_look(host, &plan, &start, &status->trial);
}

static void look_once(const struct host *host, struct status *status)
{
        const struct survey *survey = &status->survey;

        inventory_read(host, &status->inventory);
        survey_make(host, &status->survey);
        survey_readiness(host, &status->survey);
        if (survey->has_failure) {
                status->kind = STATE_UNKNOWN;
                status->code = EXIT_FAIL;
                set_next(status, "%s", survey->failure.text);
                return;
        }
        look_for_trial(host, status);
        status->kind = survey->state.kind;
        memcpy(status->run_id, survey->state.run, sizeof(status->run_id));
        next_steps[status->kind](status);
        if (survey->denied || status->kind == STATE_WAITING || status->kind == STATE_COLLECTED)
                look_for_folder(host, status);
        if (status->kind == STATE_COLLECTED && !status->document)
                set_next(status, "nothing: the results were collected; they were removed since, or "
                                 "are in the folder that was named with --out");
        note_withdrawn(status);
        if (*survey->no_way && !*status->note)
                set_note(status, "as it is, no run would start: %s", survey->no_way);
        if (survey->state.spent)
                set_note(status,
                        "the used order could not be removed from the EFI system partition, and is "
                        "dead; to tidy up: forestage disarm");
}

static void status_free(struct status *status)
{
        json_decref(status->document);
        survey_free(&status->survey);
        free(status->folder);
}

/* Half a change is no state: what was seen of it is forgotten. */
static void say_who_changes(struct status *status, const struct lock_view *view)
{
        status_free(status);
        *status = (struct status){ .kind = STATE_CHANGING, .code = EXIT_BUSY };
        set_note(status, "%s is at work", view->who);
        set_next(status, "ask again when it has ended");
}

/* A change that has ended meanwhile is no reason not to look again. */
static void look_at_host(const struct host *host, struct status *status)
{
        struct lock_view before, after;

        lock_look(host, &after);
        for (unsigned i = 0; i < LOOKS; i++) {
                before = after;
                if (!before.busy)
                        look_once(host, status);
                lock_look(host, &after);
                if (!lock_disturbed(&before, &after))
                        return;
                say_who_changes(status, before.busy ? &before : &after);
                if (after.busy)
                        return;
                *status = (struct status){ .code = EXIT_PASS };
        }
        say_who_changes(status, &after);
}

/* Files that are in the store, which collect alone reads. */
static size_t count_stored(const struct run *run)
{
        size_t count = 0;

        for (size_t i = 0; i < run->files_count; i++)
                count += run->files[i].data == NULL;
        return count;
}

static int look_at_region(const struct host *host, const char *region, struct status *status)
{
        _cleanup_(source_close) struct source source = { 0 };
        _cleanup_(run_free) struct run run = { 0 };
        struct failure failure;

        if (!source_open(host, region, NULL, &source, &failure))
                return failure_print(&failure);
        run_read(source.base, source.size, NULL, &run);
        status->kind = STATE_WAITING;
        set_next(status, "collect the results: forestage collect --region REGION --out DIR");
        if (run.has_id) {
                memcpy(status->run_id, run.id, sizeof(status->run_id));
                look_for_folder(host, status);
        }
        if (count_stored(&run) > 0) {
                set_note(status,
                        "%zu of its files are in the store, and no run passes before they "
                        "are proven",
                        count_stored(&run));
                return 0;
        }
        status->verdict = verdict_name(run.verdict);
        status->verdict_from = "region";
        return 0;
}

/* What an upgrade of XCP-ng or XenServer takes away; NULL: there is nothing to lose here. */
static const char *upgrade_text(const struct status *status)
{
        return status->inventory.is_there && status->survey.facts.installed
                       ? "one from the installer's ISO formats the EFI system partition and the "
                         "root file system. First copy the results in /var/lib/forestage/runs to "
                         "another machine, then forestage uninstall"
                       : NULL;
}

static json_t *list_differences(const struct differences *different)
{
        json_t *list = json_array();

        for (size_t i = 0; i < different->count; i++)
                json_array_append_new(list, json_string(different->item[i].key));
        return list;
}

/* Of an order for every boot, whether it is on the ESP or not. */
static void add_followup(json_t *object, const struct survey *survey)
{
        const struct followup_facts facts = survey_followup(survey);
        bool told;

        set_text(object, "updates", facts.known ? armed_updates_name(facts.updates) : NULL);
        set_text(object, "withdrawn",
                facts.known && facts.withdrawn && !facts.has_order ? armed_withdrawn(&survey->armed)
                                                                   : NULL);
        set_text(object, "stopped", facts.known ? armed_stopped(&survey->armed, &told) : NULL);
}

static json_t *describe_trial(const struct status *status)
{
        const struct trial_standing *trial = &status->trial;
        json_t *object;

        if (!status->has_trial)
                return json_null();
        object = json_object();
        set_text(object, "id", trial->trial);
        set_text(object, "mode", trial->mode);
        set_text(object, "state", trial_state_name(trial->state));
        set_text(object, "phase", trial_phase_name(trial->phase));
        set_text(object, "text", trial->text);
        return object;
}

/* What is known of the order that is armed; NULL: nothing, or none is armed. */
static const struct armed *armed_of(const struct status *status)
{
        const struct survey *survey = &status->survey;
        bool armed = survey->facts.has_order && survey->facts.has_armed && !survey->state.spent &&
                     strcmp(survey->facts.order, survey->facts.armed) == 0;

        return armed ? &survey->armed : NULL;
}

/* Of that order; NULL: it has none. Borrowed. */
static const json_t *store_of(const struct status *status)
{
        return armed_of(status) ? armed_store(armed_of(status)) : NULL;
}

/* How it ends by its own word; NULL: as forestage.conf says. Borrowed. */
static const char *hand_off_of(const struct status *status)
{
        return armed_of(status) ? armed_hand_off(armed_of(status)) : NULL;
}

static json_t *describe_store(const struct status *status)
{
        const json_t *store = store_of(status);

        return store ? json_deep_copy(store) : json_null();
}

static void print_json(const struct status *status)
{
        /* what nobody can tell while it is being changed */
        static const char *const settled[] = { "installed", "every_boot", "strikes" };
        const struct survey *survey = &status->survey;
        json_auto_t *object = json_object();

        set_value(object, "schema", json_string("forestage-status/2"));
        set_value(object, "state", json_string(state_name(status->kind)));
        set_text(object, "run_id", status->run_id);
        set_text(object, "verdict", status->verdict);
        set_text(object, "verdict_from", status->verdict_from);
        set_text(object, "folder", status->folder);
        set_value(object, "installed", json_boolean(survey->facts.installed));
        set_text(object, "order", survey->state.spent ? NULL : survey->facts.order);
        set_value(object, "store", describe_store(status));
        set_text(object, "hand_off", hand_off_of(status));
        set_value(object, "every_boot", json_boolean(survey->facts.order_repeats));
        set_text(object, "lost_run", survey->state.lost);
        set_text(object, "lost_phase", survey->state.phase);
        set_value(object, "strikes", json_integer(survey->strikes));
        add_followup(object, survey);
        set_text(object, "stale", survey->stale);
        set_text(object, "not_ready", survey->not_ready);
        set_text(object, "upgrade", upgrade_text(status));
        set_value(object, "different", list_differences(&status->different));
        set_value(object, "trial", describe_trial(status));
        set_text(object, "note", status->note);
        set_text(object, "next", status->next);
        for (size_t i = 0; i < COUNT(settled); i++)
                if (status->kind == STATE_CHANGING)
                        set_value(object, settled[i], json_null());
        document_print(object);
}

/* What becomes of it after an update, as the end of a line; nothing where that is not known. */
static const char *updates_of(const struct survey *survey)
{
        static const char *const texts[] = {
                [ARMED_FOLLOW] = "; after an update with what the host boots then",
                [ARMED_STOP] = ", until the first update",
        };
        const struct followup_facts facts = survey_followup(survey);

        return facts.known ? texts[facts.updates] : "";
}

static void print_verdict(const struct status *status)
{
        if (status->verdict)
                print_labelled(stdout, "Verdict:", "%s (from the %s)",
                        summary_verdict(status->verdict), status->verdict_from);
        else if (status->kind == STATE_WAITING)
                print_labelled(stdout, "Verdict:", "not computed yet; collect computes it");
}

static void print_differences(const struct differences *different)
{
        if (different->count > 0)
                print_labelled(stdout, "Different:",
                        "until the next normal boot, because a run has started this system:");
        for (size_t i = 0; i < different->count; i++) {
                fputs("            - ", stdout);
                print_wrapped(stdout, LIST_COLUMNS, LIST_COLUMNS, different->item[i].text);
        }
}

static void print_text(const struct status *status)
{
        const struct survey *survey = &status->survey;
        bool more = status->kind != STATE_ARMED && survey->facts.has_order && !survey->state.spent;

        print_labelled(stdout, "State:", "%s", state_text(status->kind));
        if (*status->run_id)
                print_labelled(stdout, status->kind == STATE_ARMED ? "Order:" : "Run:", "%s",
                        status->run_id);
        if (status->kind == STATE_ARMED && survey->facts.order_repeats)
                print_labelled(stdout, "When:", "at every boot%s", updates_of(survey));
        if (store_of(status))
                print_labelled(stdout, "Store:", "%s, %lld MiB of room, order %lld",
                        get_text(store_of(status), "path"),
                        get_integer(store_of(status), "room_bytes") >> 20,
                        get_integer(store_of(status), "generation") - 1);
        if (hand_off_of(status))
                print_labelled(stdout, "Hand-off:", "%s, as it was armed", hand_off_of(status));
        print_verdict(status);
        if (status->document)
                print_labelled(stdout, "Folder:", "%s", status->folder);
        if (more)
                print_labelled(stdout, "Armed:", "%s", survey->facts.order);
        print_differences(&status->different);
        if (status->has_trial)
                print_labelled(stdout, "Trial:", "%.8s (%s): %s", status->trial.trial,
                        status->trial.mode, status->trial.text);
        if (*status->note)
                print_labelled(stdout, "Note:", "%s", status->note);
        print_labelled(stdout, "Next:", "%s", status->next);
        if (upgrade_text(status))
                print_labelled(stdout, "Upgrade:", "%s", upgrade_text(status));
}

static int status(const struct host *host, int argc, char **argv)
{
        _cleanup_(status_free) struct status now = { .code = EXIT_PASS };
        struct status_options given = { 0 };
        struct option_error wrong;
        int code;

        if (!option_parse(options, argc, argv, &given, &wrong))
                return option_complain(argv[0], &wrong);
        if (!given.region)
                look_at_host(host, &now);
        else if ((code = look_at_region(host, given.region, &now)) != 0)
                return code;
        if (!given.region)
                differences_look(host, &now.different);
        if (given.json)
                print_json(&now);
        else
                print_text(&now);
        return fflush(stdout) == 0 ? (int)now.code : EXIT_INCOMPLETE;
}

const struct verb verb_status = {
        .name = "status",
        .options = options,
        .run = status,
};
