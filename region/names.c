#include "region/region.h"

static const char *const errors[] = {
        [REGION_OK] = "no error",
        [REGION_END] = "no more records",
        [REGION_NOT_FOUND] = "there is no Forestage region here",
        [REGION_BAD_SIZE] = "the region's size is too small or not the one its header names",
        [REGION_BAD_VERSION] = "the region has a format version this program does not know",
        [REGION_BAD_RECORD] = "a record is damaged",
        [REGION_NOT_SEALED] = "the region was never sealed: the run did not come to its end",
        [REGION_BAD_HASH] = "the data does not have the SHA-256 it was sealed with",
        [REGION_BAD_FREE] = "the free space behind the last record is not empty",
        [REGION_FULL] = "the region is full",
        [REGION_BAD_NAME] = "a record's name is empty or too long",
        [REGION_CLOSED] = "the region is sealed and takes no more records",
};

static const char *const states[] = {
        [REGION_UNKNOWN] = "unknown",
        [REGION_ARMED] = "armed",
        [REGION_RUNNING] = "running",
        [REGION_SEALED] = "sealed",
};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

const char *region_strerror(enum region_error error)
{
        return (size_t)error < LENGTH(errors) ? errors[error] : "unknown error";
}

const char *region_state_name(enum region_state state)
{
        return (size_t)state < LENGTH(states) ? states[state] : states[REGION_UNKNOWN];
}
