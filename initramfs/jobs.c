#include "initramfs/jobs.h"

#include <stddef.h>

const char *jobs_refusal(const struct stage *stage, bool gpu_silent)
{
        if (!stage->region)
                return "no region: the jobs are not started";
        if (!stage->confined) /* they would have init's rights */
                return "the jobs could not be confined: they are not started";
        if (gpu_silent) /* they would hang as it does, where no signal reaches them */
                return "a GPU does not answer: the jobs are not started";
        return NULL;
}

bool jobs_ended(struct stage *stage, const char *runner)
{
        const struct outcome *outcome = &stage->runner;

        if (outcome->deadline)
                return stage_fail(stage, "the jobs took longer than %llu s and were ended",
                        (unsigned long long)stage->config.deadline_s);
        if (!outcome->exited)
                return stage_fail(stage, "%s was killed by signal %d", runner, outcome->signal);
        if (outcome->exit_code == CHILD_UNCONFINED)
                return stage_fail(stage, "%s could not be confined: no job was started", runner);
        if (outcome->exit_code == CHILD_NOT_STARTED)
                return stage_fail(stage, "%s could not be started", runner);
        return true;
}
