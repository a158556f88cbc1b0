#include "dom0/trial/show.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/base/print.h"
#include "dom0/base/verb.h"
#include "dom0/collect/outlet.h"
#include "dom0/figures/numbers.h"
#include "dom0/host/source.h"
#include "dom0/run/document.h"
#include "dom0/run/folder.h"
#include "dom0/state/survey.h"
#include "dom0/state/trialstart.h"
#include "dom0/trial/following.h"
#include "dom0/trialrecord/plan.h"
#include "dom0/trialrecord/standing.h"
#include "dom0/trialresult/outcome.h"
#include "dom0/trialresult/share.h"
#include "dom0/trialresult/trialpage.h"
#include "lib/cleanup.h"

#define STEP_COLUMNS 22u
#define JOB_COLUMNS  30u
#define TIME_COLUMNS 12u

/* One trial, looked at. */
struct shown_trial {
        struct trial_plan plan;
        struct trial_standing standing;
        json_t *outcome; /* trial.json; of one that has not ended, made of what is there */
};

static void shown_trial_free(struct shown_trial *shown)
{
        trial_plan_free(&shown->plan);
        json_decref(shown->outcome);
}

/* --- looking --- */

static char *read_log(const struct trial_plan *plan)
{
        _cleanup_free_ char *path = memory_format("%s/kernel.log", plan->folder);
        size_t length;

        return source_read_text(path, (size_t)8 << 20, &length);
}

/* Of one that has no trial.json, or one that is not to be believed: its phases lack the end. */
static json_t *make_outcome(
        const struct host *host, const struct trial_plan *plan, const struct trial_phases *phases)
{
        _cleanup_free_ char *run = memory_format("%s/%s", host->runs, plan->order);
        _cleanup_free_ char *out = memory_format("%s/dom0", plan->folder);
        json_auto_t *ladder = trial_document_load(plan->folder, "ladder.json");
        json_auto_t *baseline = folder_own_document(run), *dom0 = folder_own_document(out);
        _cleanup_free_ char *log = read_log(plan);

        return outcome_make(&(struct trial_evidence){
                .plan = plan->document,
                .phases = phases,
                .ladder = ladder,
                .baseline = baseline,
                .dom0 = dom0,
                .log = log,
        });
}

/* Takes the plan over. */
static void look(const struct host *host, struct survey *survey, struct trial_plan plan,
        struct shown_trial *ret_shown)
{
        const struct trial_start start = trialstart_of(survey, &plan);
        struct trial_phases phases;

        *ret_shown = (struct shown_trial){ .plan = plan };
        trial_phases_read(plan.folder, &phases);
        trial_standing_look(host, &ret_shown->plan, &start, &ret_shown->standing);
        if (ret_shown->standing.state == TRIAL_HAS_PASSED ||
                ret_shown->standing.state == TRIAL_HAS_FAILED)
                ret_shown->outcome = trial_document_load(plan.folder, "trial.json");
        if (ret_shown->outcome)
                return;
        ret_shown->outcome = make_outcome(host, &plan, &phases);
        set_text(get_value(ret_shown->outcome, "obstacle"), "why", ret_shown->standing.text);
}

/* The only trial whose id starts so, owned; NULL: none, or several. */
static char *find_id(const struct host *host, const char *start, size_t *ret_count)
{
        _cleanup_closedir_ DIR *folder = opendir(host->trials);
        _cleanup_free_ char *id = NULL;
        struct dirent *entry;

        *ret_count = 0;
        while (folder && (entry = readdir(folder))) {
                if (*entry->d_name == '.' || strncmp(entry->d_name, start, strlen(start)) != 0)
                        continue;
                if (++*ret_count == 1)
                        id = memory_copy(entry->d_name);
        }
        return *ret_count == 1 ? TAKE_PTR(id) : NULL;
}

static bool find_plan(const struct host *host, const char *name, struct trial_plan *ret_plan,
        struct failure *error)
{
        _cleanup_free_ char *id = NULL;
        size_t count;

        if (!name)
                return trial_plan_last(host, ret_plan) ||
                       fail(error, EXIT_NO_RUN,
                               "no trial was made here (only root can look); see: "
                               "forestage help trial");
        id = find_id(host, name, &count);
        if (count > 1)
                return fail(error, EXIT_USAGE, "%zu trials start with %s: say more of the id",
                        count, name);
        if (!id)
                return fail(error, EXIT_USAGE, "no trial has the id %s (only root can look)", name);
        return trial_plan_load(host, id, ret_plan, error);
}

/* --- for a person --- */

#define say(label, ...) print_labelled(stdout, (label), __VA_ARGS__)

static void print_ladder(const json_t *ladder)
{
        const json_t *step;
        size_t i;

        if (json_array_size(ladder) > 0)
                puts("\nThe ladder:");
        json_array_foreach(ladder, i, step) {
                const char *reason = get_text(step, "reason");
                char device[24] = "";

                if (json_is_integer(get_value(step, "device")))
                        snprintf(device, sizeof(device), "GPU %lld ", get_integer(step, "device"));
                fputs("  ", stdout);
                print_column(stdout, get_text(step, "status"), 8);
                print_column(stdout, get_text(step, "step"), STEP_COLUMNS);
                print_line(stdout, "%s%.3f s", device, get_number(step, "seconds"));
                if (*reason) {
                        fputs("           ", stdout);
                        print_wrapped(stdout, 11, 11, reason);
                }
        }
}

static void print_time(const json_t *side)
{
        char text[64] = "-";

        if (json_is_number(get_value(side, "wall_s")))
                numbers_format("wall_s", get_number(side, "wall_s"), text, sizeof(text));
        print_column(stdout, *get_text(side, "status") ? get_text(side, "status") : "-", 8);
        print_column(stdout, text, TIME_COLUMNS);
}

static void print_ratio(const json_t *entry)
{
        const json_t *before = get_value(get_value(entry, "baseline"), "wall_s"),
                     *behind = get_value(get_value(entry, "dom0"), "wall_s");

        if (json_is_number(behind) && json_number_value(before) > 0)
                printf("%.3f", json_number_value(behind) / json_number_value(before));
        else
                putchar('-');
        puts(strcmp(get_text(entry, "outputs"), "different") == 0 ? " other outputs" : "");
}

static void print_jobs(const json_t *comparison)
{
        const json_t *entry;
        size_t i;

        if (json_array_size(comparison) > 0)
                printf("\n%-*s %-*s %-*s in dom0 / before\n", (int)JOB_COLUMNS, "The jobs:", 21,
                        "before Xen", 21, "in dom0");
        json_array_foreach(comparison, i, entry) {
                _cleanup_free_ char *name =
                        json_is_integer(get_value(entry, "device"))
                                ? memory_format("  %s/%lld", get_text(entry, "job"),
                                          get_integer(entry, "device"))
                                : memory_format("  %s", get_text(entry, "job"));

                print_column(stdout, name, JOB_COLUMNS);
                print_time(get_value(entry, "baseline"));
                print_time(get_value(entry, "dom0"));
                print_ratio(entry);
        }
}

static void print_lines_of(const json_t *obstacle)
{
        const json_t *line;
        size_t i;

        if (json_array_size(get_value(obstacle, "kernel")) > 0)
                puts("\nThe kernel said:");
        json_array_foreach(get_value(obstacle, "kernel"), i, line)
                print_line(stdout, "  %s", json_string_value(line));
}

static void print_place(const json_t *outcome)
{
        static const struct {
                const char *key, *label;
        } rows[] = { { "xen", "Xen:" }, { "kernel", "Kernel:" }, { "hypervisor", "Kind:" },
                { "pat", "PAT:" }, { "iommu", "IOMMU:" } };
        const char *driver = get_string(get_value(outcome, "driver"), "version");

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                if (get_string(outcome, rows[i].key))
                        say(rows[i].label, "%s", get_string(outcome, rows[i].key));
        if (driver)
                say("Driver:", "%s", driver);
}

/* What was to follow with --all and does not: a trial that was reset leaves it to a person. Owned.
 */
static char *next_of(const struct host *host, const struct shown_trial *shown)
{
        static const enum trial_state still[] = { TRIAL_IS_ARMED, TRIAL_IS_WAITING,
                TRIAL_IS_AT_WORK };
        _cleanup_(trial_plan_free) struct trial_plan last = { .folder = NULL };

        for (size_t i = 0; i < sizeof(still) / sizeof(still[0]); i++)
                if (shown->standing.state == still[i])
                        return NULL;
        return following_is_wanted(&shown->plan) && trial_plan_last(host, &last) &&
                               strcmp(last.trial, shown->plan.trial) == 0
                       ? following_line(&shown->plan)
                       : NULL;
}

static void print_text(const struct host *host, const struct shown_trial *shown)
{
        _cleanup_free_ char *next = next_of(host, shown);
        const json_t *outcome = shown->outcome, *note;
        size_t i;

        say("Trial:", "%s, %s%s", shown->plan.trial, shown->standing.mode,
                get_bool(outcome, "cached") ? ", cached memory for write-combined" : "");
        say("Result:", "%s", shown->standing.text);
        say("Armed:", "%s", get_text(shown->plan.document, "made"));
        if (shown->standing.phase > TRIAL_ARMED)
                say("Phase:", "%s", trial_phase_name(shown->standing.phase));
        print_place(outcome);
        json_array_foreach(get_value(outcome, "notes"), i, note)
                say(i == 0 ? "Notes:" : "", "%s: %s", get_text(note, "step"),
                        get_text(note, "text"));
        if (next)
                say("Next:", "another kind was to follow; to go on: %s", next);
        print_ladder(get_value(outcome, "ladder"));
        print_jobs(get_value(outcome, "comparison"));
        print_lines_of(get_value(outcome, "obstacle"));
}

/* --- for others --- */

static bool write_page(
        const char *path, const struct shown_trial *shown, bool *ret_file, struct failure *error)
{
        _cleanup_free_ char *text = NULL;
        size_t length;
        FILE *to = open_memstream(&text, &length);

        if (!to)
                return fail(error, EXIT_FAIL, "cannot make the page: %s", strerror(errno));
        trialpage_write(to, shown->outcome);
        if (fclose(to) != 0)
                return fail(error, EXIT_FAIL, "cannot make the page: out of memory");
        return outlet_write(path, text, length, 0600, ret_file, error);
}

/* What this machine is called, and the first part of that. */
static bool write_share(
        const char *path, const struct shown_trial *shown, bool *ret_file, struct failure *error)
{
        struct utsname system;
        char brief[sizeof(system.nodename)];
        const char *names[] = { system.nodename, brief, system.domainname, NULL };
        json_auto_t *document = NULL;
        _cleanup_free_ char *text = NULL;

        uname(&system); /* fails on a bad pointer only */
        snprintf(brief, sizeof(brief), "%.*s", (int)strcspn(system.nodename, "."), system.nodename);
        document = share_make(shown->outcome, names);
        text = json_dumps(document, DOCUMENT_FILE);
        return outlet_write(path, text, strlen(text), 0600, ret_file, error);
}

static const struct outlet {
        size_t offset; /* of its option */
        bool (*write)(const char *path, const struct shown_trial *shown, bool *ret_file,
                struct failure *error);
        const char *advice;
} outlets[] = {
        { offsetof(struct show_options, html), write_page, "open it in a browser" },
        { offsetof(struct show_options, share), write_share, "read it before you give it away" },
};

static int show_one(const struct host *host, const struct show_options *given, const char *name,
        struct survey *survey)
{
        _cleanup_(shown_trial_free) struct shown_trial shown = { .outcome = NULL };
        struct trial_plan plan;
        struct failure failure;
        bool written = false, is_file;

        if (!find_plan(host, name, &plan, &failure))
                return failure_print(&failure);
        look(host, survey, plan, &shown);
        for (size_t i = 0; i < sizeof(outlets) / sizeof(outlets[0]); i++) {
                const char *path = *(const char *const *)((const char *)given + outlets[i].offset);

                if (!path)
                        continue;
                if (!outlets[i].write(path, &shown, &is_file, &failure))
                        return failure_print(&failure);
                written = true;
                if (is_file)
                        print_line(stdout, "%s: %s", path, outlets[i].advice);
        }
        if (given->json)
                document_print(shown.outcome);
        else if (!written)
                print_text(host, &shown);
        return EXIT_PASS;
}

/* --- all of them --- */

static int compare_ids(const void *left, const void *right)
{
        const struct shown_trial *a = left, *b = right;

        return strcmp(get_text(a->plan.document, "made"), get_text(b->plan.document, "made"));
}

static size_t gather(const struct host *host, struct survey *survey, struct shown_trial **ret_list)
{
        _cleanup_closedir_ DIR *folder = opendir(host->trials);
        struct shown_trial *list = NULL;
        struct dirent *entry;
        size_t count = 0;

        while (folder && (entry = readdir(folder))) {
                struct trial_plan plan;
                struct failure ignored;

                if (*entry->d_name == '.' || !trial_plan_load(host, entry->d_name, &plan, &ignored))
                        continue;
                list = memory_grow(list, count, sizeof(*list));
                look(host, survey, plan, &list[count++]);
        }
        if (count > 0)
                qsort(list, count, sizeof(*list), compare_ids);
        *ret_list = list;
        return count;
}

/* The last step that was climbed, and of how many: "9 of 13". */
static void count_steps(const json_t *ladder, char *out, size_t size)
{
        const json_t *step;
        size_t i, good = 0;

        json_array_foreach(ladder, i, step)
                good += strcmp(get_text(step, "status"), "pass") == 0;
        snprintf(out, size, "%zu of %zu", good, json_array_size(ladder));
}

/* The mean of what jobs took in dom0 against before: "1.02". */
static void mean_ratio(const json_t *comparison, char *out, size_t size)
{
        double before = 0, behind = 0;
        const json_t *entry;
        size_t i;

        json_array_foreach(comparison, i, entry) {
                const json_t *left = get_value(get_value(entry, "baseline"), "wall_s"),
                             *right = get_value(get_value(entry, "dom0"), "wall_s");

                if (json_is_number(left) && json_is_number(right)) {
                        before += json_number_value(left);
                        behind += json_number_value(right);
                }
        }
        if (before > 0)
                snprintf(out, size, "%.3f", behind / before);
        else
                snprintf(out, size, "-");
}

static void print_row(const struct shown_trial *shown)
{
        const json_t *outcome = shown->outcome;
        const char *version = get_string(get_value(outcome, "driver"), "version");
        char steps[32], ratio[32];

        count_steps(get_value(outcome, "ladder"), steps, sizeof(steps));
        mean_ratio(get_value(outcome, "comparison"), ratio, sizeof(ratio));
        printf("%.8s ", shown->plan.trial); /* enough to tell it from the others */
        print_column(stdout, shown->standing.mode, 4);
        print_column(stdout, version ? version : "-", 12);
        print_column(stdout, trial_state_name(shown->standing.state), 11);
        print_column(stdout, steps, 9);
        print_column(stdout, ratio, 7);
        print_line(stdout, "%s", get_text(get_value(outcome, "obstacle"), "step"));
}

static json_t *list_all(const struct shown_trial *list, size_t count)
{
        json_t *all = json_array();

        for (size_t i = 0; i < count; i++)
                json_array_append(all, list[i].outcome);
        return json_pack("{s:s, s:o}", "schema", "forestage-trials/1", "trials", all);
}

static int show_all(
        const struct host *host, const struct show_options *given, struct survey *survey)
{
        struct shown_trial *list;
        size_t count = gather(host, survey, &list);

        if (given->json) {
                json_auto_t *all = list_all(list, count);

                document_print(all);
        } else if (count > 0) {
                puts("TRIAL    KIND DRIVER       RESULT      LADDER    TIME    STOPS AT");
                for (size_t i = 0; i < count; i++)
                        print_row(&list[i]);
        }
        for (size_t i = 0; i < count; i++)
                shown_trial_free(&list[i]);
        free(list);
        return count > 0 || given->json ? EXIT_PASS
                                        : complain(EXIT_NO_RUN, "no trial was made here (only root "
                                                                "can look)");
}

int trial_show(const struct host *host, const char *name, const struct show_options *given)
{
        struct survey survey;
        int code;

        survey_make(host, &survey);
        code = given->all ? show_all(host, given, &survey) : show_one(host, given, name, &survey);
        survey_free(&survey);
        return fflush(stdout) == 0 ? code : EXIT_INCOMPLETE;
}
