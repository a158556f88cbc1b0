/* How the kernels of the arithmetic units report. */
#ifndef FORESTAGE_KERNELS_CHECK_RESULT_H
#define FORESTAGE_KERNELS_CHECK_RESULT_H

#include "common.h"

/* A wrong result of an arithmetic unit. */
NOINLINE void wrong_result(struct check_report *report, u64 where, u64 expected, u64 found)
{
        add_global(&report->errors, (u64)1);
        add_global(&report->sm_errors[multiprocessor() % CHECK_MAX_SM], 1u);
        record_error(report, where, expected, found, found);
}

DEVICE void block_ran(struct check_report *report)
{
        if (thread_x() == 0)
                add_global(&report->sm_runs[multiprocessor() % CHECK_MAX_SM], 1u);
}

#endif
