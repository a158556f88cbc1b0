#include "dom0/trial/attempt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dom0/base/durable.h"
#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/base/verb.h"
#include "dom0/doctor/facts.h"
#include "dom0/host/program.h"
#include "dom0/host/source.h"
#include "dom0/run/document.h"
#include "dom0/run/folder.h"
#include "dom0/trial/following.h"
#include "dom0/trial/gpudriver.h"
#include "dom0/trial/kernelnotes.h"
#include "dom0/trial/launch.h"
#include "dom0/trial/netting.h"
#include "dom0/trialrecord/plan.h"
#include "dom0/trialrecord/standing.h"
#include "dom0/trialresult/outcome.h"
#include "dom0/trialresult/trialpage.h"
#include "guard/watchdog.h"
#include "lib/cleanup.h"
#include "lib/clock.h"

#define COMMAND_LINE_MAX 65536u
#define REBOOT_S         300u /* what the net has when the reboot is asked for */
#define NEXT_S           300u /* and when the next trial is armed before */
#define TAIL_S           60u  /* of the trial's time, what is left for collecting and comparing */
#define LEAST_S          5u   /* that a program gets, however late it is */
#define SHIM             "/usr/lib/forestage/forestage-cached.so"

/* A trial under way. */
struct attempt {
        const struct host *host;
        struct trial_plan plan;
        struct netting net;
        struct gpudriver driver;
        struct kernelnotes kernel;
        struct memory_range region; /* this boot's: how large that of the jobs may become */
        json_t *notes;              /* what went wrong: {"step", "text"} */
        json_t *place;              /* of trial.json */
        json_t *outcome;            /* NULL until it is made */
        long long end;              /* of the trial's time, as clock_ms has it */
        bool no_net, no_driver;     /* so nothing is tried */
        bool hung;                  /* something hangs in the kernel: nothing more is started */
        bool ladder_good, jobs_good;
};

/* --- what is said of it --- */

static void note(struct attempt *attempt, const char *step, const char *text)
{
        json_t *words = json_string(text);

        complain(EXIT_PASS, "trial: %s: %s", step, text);
        json_array_append_new(attempt->notes,
                json_pack("{s:s, s:o}", "step", step, "text",
                        words ? words : json_string("it says so in bytes that are no text")));
}

__attribute__((format(printf, 3, 4))) static void note_that(
        struct attempt *attempt, const char *step, const char *format, ...)
{
        _cleanup_free_ char *text = NULL;
        va_list arguments;

        va_start(arguments, format);
        text = memory_format_list(format, arguments);
        va_end(arguments);
        note(attempt, step, text);
}

static char *file_of(const struct attempt *attempt, const char *name)
{
        return memory_format("%s/%s", attempt->plan.folder, name);
}

/* Seconds that are left, without those that what follows needs. */
static unsigned time_left(const struct attempt *attempt)
{
        long long left = (attempt->end - clock_ms()) / 1000;
        long long whole = get_integer(attempt->plan.document, "trial_s");
        long long tail = whole / 4 < (long long)TAIL_S ? whole / 4 : (long long)TAIL_S;

        return left - tail > (long long)LEAST_S ? (unsigned)(left - tail) : LEAST_S;
}

/* --- the steps; each returns, whatever became of it --- */

/* Without a net nothing is tried: the machine would stay as a trial leaves it. */
static void begin(struct attempt *attempt)
{
        uint32_t seconds = (uint32_t)get_integer(attempt->plan.document, "trial_s");
        struct host_facts facts;
        struct failure failure;
        char pat[64] = "";

        attempt->net.id = XEN_WATCHDOG_GUARD;
        attempt->end = clock_ms() + seconds * 1000ll;
        if (!netting_set(attempt->host, &attempt->net, seconds, &failure)) {
                attempt->no_net = true;
                note_that(attempt, "begin", "%s; without it nothing is tried", failure.text);
        }
        facts_gather(attempt->host, &facts);
        if (facts.has_pat)
                pat_format(&facts.pat, pat, sizeof(pat));
        set_text(attempt->place, "xen", facts.hypervisor.version);
        set_text(attempt->place, "kernel", facts.kernel);
        set_text(attempt->place, "hypervisor", hypervisor_kind_name(facts.hypervisor.kind));
        set_text(attempt->place, "pat", pat);
        set_text(attempt->place, "iommu", facts.iommu);
        set_text(attempt->place, "cpu", facts.cpu);
        facts_free(&facts);
}

static void load_driver(struct attempt *attempt)
{
        struct failure failure;

        if (attempt->no_net)
                return;
        attempt->no_driver =
                !gpudriver_load(attempt->host, &attempt->plan, &attempt->driver, &failure);
        if (attempt->no_driver)
                note(attempt, "driver", failure.text);
}

/* The library is DIR's, and what a shim of ours changes is changed for all of them. */
static bool run_program(struct attempt *attempt, const char *step, const char *const argv[],
        unsigned seconds, struct launch_end *ret_end)
{
        const char *folder = get_text(attempt->plan.document, "driver");
        bool cached = get_bool(attempt->plan.document, "cached");
        _cleanup_free_ char *library = memory_format("LD_LIBRARY_PATH=%s/lib", folder);
        _cleanup_free_ char *shim = host_path(attempt->host, SHIM);
        _cleanup_free_ char *preload = memory_format("LD_PRELOAD=%s", shim);
        _cleanup_free_ char *output = file_of(attempt, "stdout"),
                            *errors = file_of(attempt, "stderr");
        const char *const environment[] = { library, cached ? preload : NULL, "INJECT=cached",
                NULL };
        const struct launch launch = { argv, environment, output, errors, seconds };
        struct failure failure;

        /* The loader would only warn, and what is measured be something else. */
        if (cached && access(shim, R_OK) != 0) {
                note_that(attempt, step, "%s is not there: --cached needs it", shim);
                return false;
        }
        if (launch_run(attempt->host, &launch, ret_end, &failure))
                return true;
        note(attempt, step, failure.text);
        return false;
}

/* What keeps a program from having said anything. */
static void note_end(struct attempt *attempt, const char *step, const struct launch_end *end)
{
        if (end->stuck) {
                attempt->hung = true;
                note_that(attempt, step,
                        "a process of it cannot be ended (state %c): it hangs in "
                        "the kernel",
                        end->state);
        } else if (end->late) {
                note(attempt, step, "it did not end in its time, and was killed");
        } else if (end->signal != 0) {
                note_that(attempt, step, "it was killed by signal %d", end->signal);
        } else if (end->code > 1) {
                note_that(attempt, step,
                        "forestage-run ended with %d; stderr of the trial's folder "
                        "says why",
                        end->code);
        }
}

static bool is_tried(const struct attempt *attempt)
{
        return !attempt->no_net && !attempt->hung;
}

/* It names what is missing, also where the driver could not be loaded. */
static void climb(struct attempt *attempt)
{
        _cleanup_free_ char *path = file_of(attempt, "ladder.json");
        const char *const argv[] = { "forestage-run", "--ladder", path, NULL };
        struct launch_end end;

        if (!is_tried(attempt) ||
                !run_program(attempt, "ladder", argv, time_left(attempt) / 2, &end))
                return;
        attempt->ladder_good = end.code == 0;
        note_end(attempt, "ladder", &end);
}

/* They are short, and are run although the ladder stopped; but not where something hangs. */
static void run_jobs(struct attempt *attempt)
{
        _cleanup_free_ char *jobs = file_of(attempt, "jobs"),
                            *region = file_of(attempt, "region.bin");
        _cleanup_free_ char *size = memory_format("%llu", (unsigned long long)attempt->region.size);
        const char *const argv[] = { "forestage-run", "--jobs", jobs, "--region", region,
                "--region-size", size, "--run-id", attempt->plan.trial, NULL };
        struct launch_end end;

        if (attempt->hung)
                note(attempt, "jobs", "they were not run, because something hangs in the kernel");
        if (!is_tried(attempt) || attempt->no_driver ||
                !run_program(attempt, "jobs", argv, time_left(attempt), &end))
                return;
        attempt->jobs_good = end.code == 0;
        note_end(attempt, "jobs", &end);
}

/* A module that is held by what hangs would only hang us, too. */
static void unload_driver(struct attempt *attempt)
{
        struct failure failure;

        if (attempt->hung)
                note(attempt, "unload", "the driver stays, because something hangs in the kernel");
        else if (!gpudriver_unload(attempt->host, &attempt->driver, &failure))
                note(attempt, "unload", failure.text);
        if (!gpudriver_restore(attempt->host, &attempt->driver, &failure))
                note(attempt, "unload", failure.text);
}

/*
 * What the jobs have left, also of a run that did not come to its end. The region is as large as
 * this boot's; what was collected whole is in dom0/.
 */
static void collect(struct attempt *attempt)
{
        _cleanup_free_ char *region = file_of(attempt, "region.bin"),
                            *out = file_of(attempt, "dom0");
        char *argv[] = { "collect", "--region", region, "--out", out, NULL };
        int code;

        if (access(region, F_OK) != 0)
                return;
        code = verb_collect.run(attempt->host, 5, argv);
        if (code != EXIT_PASS && code != EXIT_FAIL)
                note_that(attempt, "collect",
                        "the results of dom0 could not be collected whole (%d)", code);
        else
                unlink(region);
}

static bool write_text(const struct attempt *attempt, const char *name, const char *text,
        size_t length, struct failure *error)
{
        _cleanup_free_ char *path = file_of(attempt, name);

        return durable_write(path, text, length, 0600, error);
}

static bool write_page(const struct attempt *attempt, struct failure *error)
{
        _cleanup_free_ char *text = NULL;
        size_t length;
        FILE *to = open_memstream(&text, &length);

        if (!to)
                return fail(error, EXIT_FAIL, "cannot make the page: %s", strerror(errno));
        trialpage_write(to, attempt->outcome);
        if (fclose(to) != 0)
                return fail(error, EXIT_FAIL, "cannot make the page: out of memory");
        return write_text(attempt, "trial.html", text, length, error);
}

/* As they will be: `end` is noted behind trial.json, so that what has ended has its outcome. */
static void read_phases(const struct attempt *attempt, struct trial_phases *ret_phases)
{
        trial_phases_read(attempt->plan.folder, ret_phases);
        ret_phases->of[TRIAL_END].noted = true;
        ret_phases->of[TRIAL_END].at = time(NULL);
        ret_phases->last = TRIAL_END;
}

static void judge(struct attempt *attempt)
{
        _cleanup_free_ char *run = memory_format("%s/%s", attempt->host->runs, attempt->plan.order);
        _cleanup_free_ char *out = file_of(attempt, "dom0");
        json_auto_t *ladder = trial_document_load(attempt->plan.folder, "ladder.json"),
                    *baseline = folder_own_document(run);
        json_auto_t *dom0 = folder_own_document(out);
        _cleanup_free_ char *text = NULL;
        struct trial_phases phases;
        struct failure failure;

        read_phases(attempt, &phases);
        attempt->outcome = outcome_make(&(struct trial_evidence){
                .plan = attempt->plan.document,
                .phases = &phases,
                .over = true,
                .notes = attempt->notes,
                .ladder = ladder,
                .ladder_good = attempt->ladder_good,
                .jobs_good = attempt->jobs_good,
                .baseline = baseline,
                .dom0 = dom0,
                .place = attempt->place,
                .log = attempt->kernel.text.data,
        });
        text = json_dumps(attempt->outcome, DOCUMENT_FILE);
        if (!write_text(attempt, "trial.json", text, strlen(text), &failure) ||
                !write_page(attempt, &failure))
                failure_print(&failure);
}

static const struct step {
        enum trial_phase phase;
        void (*run)(struct attempt *attempt);
} steps[] = {
        { TRIAL_BEGIN, begin },
        { TRIAL_DRIVER, load_driver },
        { TRIAL_LADDER, climb },
        { TRIAL_JOBS, run_jobs },
        { TRIAL_UNLOAD, unload_driver },
        { TRIAL_COLLECT, collect },
        { TRIAL_COMPARE, judge },
};

/* --- the boot that it belongs to --- */

/* The value of a parameter of this boot's command line, the last one; owned. NULL: none. */
static char *parameter(const char *line, const char *name)
{
        const char *found = NULL;
        size_t length = strlen(name);

        for (const char *at = line; *at; at += strcspn(at, " \n"), at += strspn(at, " \n"))
                if (strncmp(at, name, length) == 0)
                        found = at + length;
        return found ? memory_copy_text(found, strcspn(found, " \n")) : NULL;
}

/* The id of the trial whose boot this is; owned. NULL: why not. */
static char *find_trial(const struct host *host, struct failure *error)
{
        size_t length;
        _cleanup_free_ char *line = source_read_text(host->command_line, COMMAND_LINE_MAX, &length);
        _cleanup_free_ char *trial = line ? parameter(line, "forestage.trial=") : NULL;
        char text[UUID_LENGTH + 1];
        uint8_t id[16];

        if (!trial)
                fail(error, EXIT_USAGE, "this boot is no trial's: its command line names none");
        else if (!uuid_parse(trial, strlen(trial), id))
                fail(error, EXIT_USAGE, "forestage.trial=%s is not a UUID", trial);
        else {
                uuid_format(id, text);
                return memory_copy(text);
        }
        return NULL;
}

/* Everything that must hold before anything is done. */
static bool prepare(struct attempt *attempt, struct failure *error)
{
        _cleanup_free_ char *trial = find_trial(attempt->host, error);
        struct trial_phases phases;
        struct bootline line;
        char run[UUID_LENGTH + 1];

        if (!trial || !source_bootline(attempt->host, &line, error) ||
                !trial_plan_load(attempt->host, trial, &attempt->plan, error))
                return false;
        uuid_format(line.run_id, run);
        if (strcmp(run, attempt->plan.order) != 0)
                return fail(error, EXIT_USAGE,
                        "trial %s was armed with run %s, and this boot is of run %s", trial,
                        attempt->plan.order, run);
        trial_phases_read(attempt->plan.folder, &phases);
        if (phases.last >= TRIAL_BEGIN)
                return fail(
                        error, EXIT_USAGE, "trial %s has begun before, and is made once", trial);
        attempt->region = line.region;
        return true;
}

/* --- its end --- */

/*
 * Behind the end, so that it can cost the trial nothing; what keeps it from being armed is said,
 * and `trial show` says what a person can type.
 */
static void arm_next(struct attempt *attempt)
{
        struct failure failure;

        if (!following_is_wanted(&attempt->plan))
                return;
        if (!netting_set(attempt->host, &attempt->net, NEXT_S, &failure) ||
                !following_arm(attempt->host, &attempt->plan, &failure))
                complain(EXIT_PASS, "trial: the next one is not armed: %s", failure.text);
}

/* Whatever becomes of it, the net stays until the machine is down. */
static void reboot_host(struct attempt *attempt)
{
        const char *const argv[] = { "systemctl", "reboot", NULL };
        struct failure failure;

        if (!netting_set(attempt->host, &attempt->net, REBOOT_S, &failure))
                failure_print(&failure);
        if (!program_do(attempt->host, argv, &failure))
                failure_print(&failure);
}

static void leave(struct attempt *attempt)
{
        struct failure failure;

        if (get_bool(attempt->plan.document, "stay")) {
                if (!netting_take_away(attempt->host, &attempt->net, &failure))
                        failure_print(&failure);
                return;
        }
        arm_next(attempt);
        reboot_host(attempt);
}

static void attempt_free(struct attempt *attempt)
{
        trial_plan_free(&attempt->plan);
        gpudriver_free(&attempt->driver);
        kernelnotes_close(&attempt->kernel);
        json_decref(attempt->notes);
        json_decref(attempt->place);
        json_decref(attempt->outcome);
}

/* A phase that cannot be noted is said, and gone through all the same. */
static void note_phase(struct attempt *attempt, enum trial_phase phase, const char *text)
{
        struct failure failure;

        if (!trial_phases_note(attempt->plan.folder, phase, text, &failure))
                failure_print(&failure);
}

static int carry_out(struct attempt *attempt)
{
        _cleanup_free_ char *log = file_of(attempt, "kernel.log");
        const char *verdict;

        kernelnotes_open(attempt->host, log, &attempt->kernel);
        for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
                note_phase(attempt, steps[i].phase, NULL);
                steps[i].run(attempt);
                kernelnotes_take(&attempt->kernel);
        }
        verdict = get_text(attempt->outcome, "verdict");
        note_phase(attempt, TRIAL_END, verdict);
        return strcmp(verdict, "pass") == 0 ? EXIT_PASS : EXIT_FAIL;
}

int trial_run(const struct host *host, int argc, char **argv)
{
        _cleanup_(
                attempt_free) struct attempt attempt = { .host = host, .kernel = KERNELNOTES_NONE };
        struct failure failure;
        int code;

        if (argc > 1)
                return option_complain(
                        "trial", &(struct option_error){ "run takes nothing", argv[1] });
        if (!prepare(&attempt, &failure))
                return failure_print(&failure);
        attempt.notes = json_array();
        attempt.place = json_object();
        code = carry_out(&attempt);
        leave(&attempt);
        return code;
}
