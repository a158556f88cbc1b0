/* The element types of [Expect]: their names and how their bytes are read. Pure. */
#pragma once

#include "jobs/job.h"

const char *element_name(enum element_type type); /* "f32" */
size_t element_bytes(enum element_type type);
bool element_parse(const char *name, enum element_type *ret_type);

/* One element as a number; which member counts is said by element_class. */
enum element_class { ELEMENT_REAL, ELEMENT_SIGNED, ELEMENT_UNSIGNED };
union element {
        double real;
        int64_t i;
        uint64_t u;
};
enum element_class element_class(enum element_type type);

/* Reads the little-endian element at `bytes`, at any alignment. Every f16, bf16 and f32 is exact.
 */
union element element_load(enum element_type type, const void *bytes);
