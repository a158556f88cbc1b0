#include "runner/process/kind.h"

static const struct kind *const kinds[] = {
        [JOB_KERNEL] = &kernel_kind,
        [JOB_PROGRAM] = &program_kind,
        [JOB_CHECK] = &check_kind,
};

const struct kind *kind_of(enum job_type type)
{
        return type < sizeof(kinds) / sizeof(kinds[0]) ? kinds[type] : NULL;
}
