/* The status of a job on a device (docs/records.md). */
#ifndef FORESTAGE_RECORD_STATUS_H
#define FORESTAGE_RECORD_STATUS_H

enum status {
        STATUS_PASS,
        STATUS_FAIL,
        STATUS_ERROR,
        STATUS_TIMEOUT,
        STATUS_SKIP,
        STATUS_NOTRUN,
        STATUSES,
};

const char *status_name(enum status status);

#endif
