/* Records of checks on an H200 (tests/unit/records/) that were changed so that they are a lie. */
#pragma once

#include <stddef.h>

struct gpu_edit {
        const char *record; /* its name; "": a new one before the last; NULL: no more edits */
        const char *path;   /* of the value; one that ends in + is a new element */
        const char *json;   /* "": it goes */
};

struct gpu_lie {
        const char *name, *records;
        const char *reason; /* that has to be told; NULL: it is no lie, and passes */
        struct gpu_edit edit[8];
};

extern const struct gpu_lie gpu_lies[];
extern const size_t gpu_lies_count;
