/* The status of a job on a device (docs/records.md). */
#pragma once

#include "record/schema.h"

enum status {
        STATUS_PASS,
        STATUS_FAIL,
        STATUS_ERROR,
        STATUS_TIMEOUT,
        STATUS_SKIP,
        STATUS_NOTRUN,
        STATUSES,
};

static inline const char *status_name(enum status status)
{
        return record_statuses[status];
}
