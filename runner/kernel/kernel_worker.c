#include "runner/kernel/kernel_worker.h"

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
