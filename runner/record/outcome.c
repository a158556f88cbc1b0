#include "runner/record/outcome.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "lib/text.h"

static void settle(struct outcome *outcome, enum status status)
{
        text_make_line(outcome->reason);
        outcome->status = status;
}

#define set(outcome, status, ...) \
        (why_not((outcome)->reason, __VA_ARGS__), settle((outcome), (status)))

/* " during launch", or nothing when no step had begun. */
static const char *during(const struct evidence *evidence, char buffer[80])
{
        snprintf(buffer, 80, "%s%s", evidence->step[0] ? " during " : "", evidence->step);
        return buffer;
}

static void decide_broken(const struct evidence *evidence, struct outcome *outcome)
{
        char step[80];

        during(evidence, step);
        if (WIFSIGNALED(evidence->wait_status))
                set(outcome, STATUS_ERROR, "the job's process was killed by signal %d (%s)%s",
                        WTERMSIG(evidence->wait_status), strsignal(WTERMSIG(evidence->wait_status)),
                        step);
        else
                set(outcome, STATUS_ERROR,
                        "the job's process ended%s with exit code %d before "
                        "everything was done",
                        step, WEXITSTATUS(evidence->wait_status));
}

static void decide_late(const struct evidence *evidence, struct outcome *outcome)
{
        char step[80];

        set(outcome, STATUS_TIMEOUT, "killed after its %.10g s%s%s",
                (double)evidence->timeout_ms / 1e3, during(evidence, step),
                evidence->stuck ? "; the process hangs in the kernel and could not be ended" : "");
}

/* What had failed before is worse than that no more came. */
static void decide_hung(const struct evidence *evidence, struct outcome *outcome)
{
        char hang[WHY_SIZE];

        why_not(hang, "%s hung, and was killed after its %.4g s%s",
                evidence->step[0] ? evidence->step : "the job", evidence->hung_s,
                evidence->stuck ? "; the process hangs in the kernel and could not be ended" : "");
        if (evidence->failed > 0)
                set(outcome, STATUS_FAIL, "%.600s; then %s", evidence->failure, hang);
        else
                set(outcome, STATUS_ERROR, "%s", hang);
}

static bool ended_well(const struct evidence *evidence)
{
        return evidence->finished && evidence->exited && WIFEXITED(evidence->wait_status) &&
               (evidence->program || WEXITSTATUS(evidence->wait_status) == 0);
}

/* A GPU that its driver complained of has proved nothing, whatever came out. */
static void decide_sick(struct outcome *outcome)
{
        const char *message =
                json_string_value(json_object_get(json_array_get(outcome->xid, 0), "message"));

        set(outcome, STATUS_ERROR, "the driver reported an error of the GPU: %s",
                message ? message : "an Xid");
}

void outcome_decide(const struct evidence *evidence, struct outcome *outcome)
{
        outcome->exited = evidence->exited;
        outcome->wait_status = evidence->wait_status;
        outcome->hung = evidence->hung_s > 0;
        outcome->reason[0] = '\0';
        if (evidence->stop_signal)
                set(outcome, STATUS_ERROR, "the run was ended by signal %d (%s)",
                        evidence->stop_signal, strsignal(evidence->stop_signal));
        else if (evidence->error[0])
                set(outcome, STATUS_ERROR, "%s", evidence->error);
        else if (evidence->late)
                decide_late(evidence, outcome);
        else if (evidence->hung_s > 0)
                decide_hung(evidence, outcome);
        else if (!ended_well(evidence))
                decide_broken(evidence, outcome);
        else if (evidence->failed > 0)
                set(outcome, STATUS_FAIL, "%s", evidence->failure);
        else if (outcome->xid)
                decide_sick(outcome);
        else if (evidence->skip[0] && evidence->compared == 0)
                set(outcome, STATUS_SKIP, "%s", evidence->skip);
        else if (evidence->compared == 0 || evidence->compared != evidence->expected)
                set(outcome, STATUS_ERROR, "%zu of %zu expectations were compared",
                        evidence->compared, evidence->expected);
        else
                outcome->status = STATUS_PASS;
}

void outcome_clear(struct outcome *outcome)
{
        json_decref(outcome->timings);
        json_decref(outcome->outputs);
        json_decref(outcome->check);
        json_decref(outcome->xid);
        json_decref(outcome->unmatched);
        json_decref(outcome->left);
        outcome->timings = outcome->outputs = outcome->check = outcome->xid = NULL;
        outcome->unmatched = outcome->left = NULL;
}
