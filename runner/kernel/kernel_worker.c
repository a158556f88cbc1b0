#include "runner/kernel/kernel_worker.h"

#include "lib/text.h"
#include "runner/process/report.h"

bool kernel_succeed(const struct cuda *cuda, int report, CUresult result, const char *call)
{
        char text[WHY_SIZE];

        if (result == CUDA_SUCCESS)
                return true;
        cuda_explain(cuda, result, call, text);
        report_error(report, "%s", text);
        return false;
}

bool worker_succeed(const struct worker *worker, CUresult result, const char *call)
{
        bool again = worker->jobs > 0 && !worker->launched;
        char text[WHY_SIZE];

        if (result == CUDA_SUCCESS)
                return true;
        cuda_explain(&worker->cuda, result, call, text);
        text_make_line(text);
        report(worker->report,
                json_pack("{s:s, s:s, s:b}", "type", "error", "reason", text, "again", again));
        return false;
}
