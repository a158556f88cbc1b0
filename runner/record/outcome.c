#include "runner/record/outcome.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "lib/text.h"

__attribute__((format(printf, 3, 4))) static void set(
        struct outcome *outcome, enum status status, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(outcome->reason, sizeof(outcome->reason), format, arguments);
        va_end(arguments);
        text_make_line(outcome->reason);
        outcome->status = status;
}

/* " during launch", or nothing when no step had begun. */
static const char *during(const struct facts *facts, char buffer[80])
{
        snprintf(buffer, 80, "%s%s", facts->step[0] ? " during " : "", facts->step);
        return buffer;
}

static void decide_broken(const struct facts *facts, struct outcome *outcome)
{
        char step[80];

        during(facts, step);
        if (WIFSIGNALED(facts->wait_status))
                set(outcome, STATUS_ERROR, "the job's process was killed by signal %d (%s)%s",
                        WTERMSIG(facts->wait_status), strsignal(WTERMSIG(facts->wait_status)),
                        step);
        else
                set(outcome, STATUS_ERROR,
                        "the job's process ended%s with exit code %d before "
                        "everything was done",
                        step, WEXITSTATUS(facts->wait_status));
}

static void decide_late(const struct facts *facts, struct outcome *outcome)
{
        char step[80];

        set(outcome, STATUS_TIMEOUT, "killed after its %.10g s%s%s",
                (double)facts->timeout_ms / 1e3, during(facts, step),
                facts->stuck ? "; the process hangs in the kernel and could not be ended" : "");
}

static bool ended_well(const struct facts *facts)
{
        return facts->finished && facts->exited && WIFEXITED(facts->wait_status) &&
               (facts->program || WEXITSTATUS(facts->wait_status) == 0);
}

/* A GPU that its driver complained of has proved nothing, whatever came out. */
static void decide_sick(struct outcome *outcome)
{
        const char *message =
                json_string_value(json_object_get(json_array_get(outcome->xid, 0), "message"));

        set(outcome, STATUS_ERROR, "the driver reported an error of the GPU: %s",
                message ? message : "an Xid");
}

void outcome_decide(const struct facts *facts, struct outcome *outcome)
{
        outcome->exited = facts->exited;
        outcome->wait_status = facts->wait_status;
        outcome->reason[0] = '\0';
        if (facts->stop_signal)
                set(outcome, STATUS_ERROR, "the run was ended by signal %d (%s)",
                        facts->stop_signal, strsignal(facts->stop_signal));
        else if (facts->error[0])
                set(outcome, STATUS_ERROR, "%s", facts->error);
        else if (facts->late)
                decide_late(facts, outcome);
        else if (!ended_well(facts))
                decide_broken(facts, outcome);
        else if (facts->failed > 0)
                set(outcome, STATUS_FAIL, "%s", facts->failure);
        else if (outcome->xid)
                decide_sick(outcome);
        else if (facts->skip[0] && facts->compared == 0)
                set(outcome, STATUS_SKIP, "%s", facts->skip);
        else if (facts->compared == 0 || facts->compared != facts->expected)
                set(outcome, STATUS_ERROR, "%zu of %zu expectations were compared", facts->compared,
                        facts->expected);
        else
                outcome->status = STATUS_PASS;
}

void outcome_clear(struct outcome *outcome)
{
        json_decref(outcome->timings);
        json_decref(outcome->outputs);
        json_decref(outcome->check);
        json_decref(outcome->xid);
        outcome->timings = outcome->outputs = outcome->check = outcome->xid = NULL;
}
