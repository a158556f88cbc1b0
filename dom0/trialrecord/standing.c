#include "dom0/trialrecord/standing.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/run/jsonfile.h"
#include "lib/cleanup.h"

#define SCHEMA "forestage-trial/1"

static const char *const names[] = {
        [TRIAL_IS_ARMED] = "armed",
        [TRIAL_IS_WAITING] = "waiting",
        [TRIAL_IS_AT_WORK] = "at_work",
        [TRIAL_WAS_LOST] = "lost",
        [TRIAL_NEVER_BEGAN] = "never_began",
        [TRIAL_WAS_STOPPED] = "stopped",
        [TRIAL_HAS_PASSED] = "pass",
        [TRIAL_HAS_FAILED] = "fail",
        [TRIAL_IS_CALLED_OFF] = "called_off",
        [TRIAL_IS_UNKNOWN] = "unknown",
};

const char *trial_state_name(enum trial_state state)
{
        return names[state];
}

/* What the decision is made from. */
struct question {
        const struct trial_phases *phases;
        const struct trial_start *start;
        const json_t *outcome; /* of this trial, whole; or NULL */
};

static bool noted(const struct question *question, enum trial_phase phase)
{
        return question->phases->of[phase].noted;
}

/* --- sentences, one for each state --- */

#define say(standing, ...) snprintf((standing)->text, sizeof((standing)->text), __VA_ARGS__)

static void say_armed(const struct question *question, struct trial_standing *standing)
{
        (void)question;
        say(standing,
                "armed: the next boot starts it, and the boot behind it is a normal one; to call "
                "it off: forestage disarm");
}

static void say_waiting(const struct question *question, struct trial_standing *standing)
{
        (void)question;
        say(standing,
                "this boot is its dom0; forestage-trial.service has not begun with it yet. If "
                "it does not, Xen's watchdog resets the machine");
}

static void say_at_work(const struct question *question, struct trial_standing *standing)
{
        say(standing,
                "at work in this boot, %s; unless it ends by itself, Xen's watchdog resets the "
                "machine",
                trial_phase_text(question->phases->last));
}

static void say_lost(const struct question *question, struct trial_standing *standing)
{
        const char *where = question->start->where;

        say(standing, "its run was lost before Xen was started; it ended %s",
                where ? where : "somewhere");
}

/* A disk that only a PVH dom0 loses: docs/trial.md. */
static void say_never_began(const struct question *question, struct trial_standing *standing)
{
        if (question->start->collected)
                say(standing,
                        "dom0 came up and collected the run before Xen, but did not come as "
                        "far as forestage-trial.service: it hung, was reset or lost its power "
                        "before");
        else
                say(standing,
                        "the stage handed over to Xen, but Xen or dom0 did not come as far as "
                        "forestage-trial.service: Xen refused an option, or dom0 panicked or "
                        "hung%s and was reset, or the power went; a console log tells which",
                        strcmp(standing->mode, "pvh") == 0
                                ? ", or lost its disk as a PVH dom0 may (docs/trial.md),"
                                : "");
}

static void say_stopped(const struct question *question, struct trial_standing *standing)
{
        say(standing,
                "it did not come to its end: the machine was reset (by Xen's watchdog, by a panic "
                "of dom0) or lost its power %s",
                trial_phase_text(question->phases->last));
}

static void say_passed(const struct question *question, struct trial_standing *standing)
{
        say(standing, "%s",
                get_bool(question->outcome, "rehearsal")
                        ? "passed, as a rehearsal: no GPU was tried"
                        : "CUDA works in this dom0: the ladder and all jobs passed, with the "
                          "outputs "
                          "of the run before Xen");
}

static void say_failed(const struct question *question, struct trial_standing *standing)
{
        const json_t *obstacle = get_value(question->outcome, "obstacle");

        say(standing, "it stops at %s: %s", get_text(obstacle, "step"), get_text(obstacle, "why"));
}

static void say_called_off(const struct question *question, struct trial_standing *standing)
{
        (void)question;
        say(standing,
                "not started: its order is gone (it was disarmed, or another run was armed in "
                "its place)");
}

static void say_unknown(const struct question *question, struct trial_standing *standing)
{
        (void)question;
        say(standing,
                "it came to its end, but its trial.json cannot be read, or is not of this trial");
}

static void (*const sentences[])(
        const struct question *question, struct trial_standing *standing) = {
        [TRIAL_IS_ARMED] = say_armed,
        [TRIAL_IS_WAITING] = say_waiting,
        [TRIAL_IS_AT_WORK] = say_at_work,
        [TRIAL_WAS_LOST] = say_lost,
        [TRIAL_NEVER_BEGAN] = say_never_began,
        [TRIAL_WAS_STOPPED] = say_stopped,
        [TRIAL_HAS_PASSED] = say_passed,
        [TRIAL_HAS_FAILED] = say_failed,
        [TRIAL_IS_CALLED_OFF] = say_called_off,
        [TRIAL_IS_UNKNOWN] = say_unknown,
};

/* --- the decision --- */

/* What the outcome says, if it says it whole; anything else is no verdict. */
static enum trial_state verdict_of(const json_t *outcome)
{
        const json_t *obstacle = get_value(outcome, "obstacle");
        const char *verdict = get_text(outcome, "verdict");

        if (strcmp(verdict, "pass") == 0 && json_is_null(obstacle))
                return TRIAL_HAS_PASSED;
        if (strcmp(verdict, "fail") == 0 && get_string(obstacle, "step") &&
                get_string(obstacle, "why"))
                return TRIAL_HAS_FAILED;
        return TRIAL_IS_UNKNOWN;
}

static enum trial_state decide(const struct question *question)
{
        const struct trial_start *start = question->start;
        bool begun = noted(question, TRIAL_BEGIN);
        const struct {
                bool applies;
                enum trial_state state;
        } rows[] = {
                { noted(question, TRIAL_END), verdict_of(question->outcome) },
                { begun && start->here, TRIAL_IS_AT_WORK },
                { begun, TRIAL_WAS_STOPPED },
                { start->here, TRIAL_IS_WAITING },
                { start->armed, TRIAL_IS_ARMED },
                { start->collected, TRIAL_NEVER_BEGAN },
                { start->lost && start->handed_over, TRIAL_NEVER_BEGAN },
                { start->lost, TRIAL_WAS_LOST },
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                if (rows[i].applies)
                        return rows[i].state;
        return TRIAL_IS_CALLED_OFF;
}

static bool is_of(const json_t *outcome, const struct trial_plan *plan)
{
        return strcmp(get_text(outcome, "schema"), SCHEMA) == 0 &&
               strcmp(get_text(outcome, "trial"), plan->trial) == 0;
}

void trial_standing_decide(const struct trial_plan *plan, const struct trial_phases *phases,
        const struct trial_start *start, const json_t *outcome, struct trial_standing *ret_standing)
{
        const struct question question = { phases, start, is_of(outcome, plan) ? outcome : NULL };

        *ret_standing = (struct trial_standing){
                .state = decide(&question),
                .phase = phases->last,
        };
        memcpy(ret_standing->trial, plan->trial, sizeof(ret_standing->trial));
        snprintf(ret_standing->mode, sizeof(ret_standing->mode), "%s",
                get_text(plan->document, "mode"));
        sentences[ret_standing->state](&question, ret_standing);
}

json_t *trial_document_load(const char *folder, const char *name)
{
        _cleanup_free_ char *path = memory_format("%s/%s", folder, name);
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

        return fd >= 0 ? jsonfile_load(fd) : NULL;
}

void trial_standing_look(const struct host *host, const struct trial_plan *plan,
        const struct trial_start *start, struct trial_standing *ret_standing)
{
        _cleanup_free_ char *run = memory_format("%s/%s/run.json", host->runs, plan->order);
        json_auto_t *outcome = trial_document_load(plan->folder, "trial.json");
        struct trial_start known = *start;
        struct trial_phases phases;

        known.collected = known.collected || access(run, F_OK) == 0;
        trial_phases_read(plan->folder, &phases);
        trial_standing_decide(plan, &phases, &known, outcome, ret_standing);
}
