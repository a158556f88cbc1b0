#include "record/status.h"

const char *status_name(enum status status)
{
        static const char *const names[STATUSES] = {
                [STATUS_PASS] = "pass",
                [STATUS_FAIL] = "fail",
                [STATUS_ERROR] = "error",
                [STATUS_TIMEOUT] = "timeout",
                [STATUS_SKIP] = "skip",
                [STATUS_NOTRUN] = "notrun",
        };

        return names[status];
}
