/* Checks that the reader and the writer share; not for users of the region. */
#ifndef FORESTAGE_REGION_CHECK_H
#define FORESTAGE_REGION_CHECK_H

#include "region/layout.h"
#include "region/region.h"

/* `value` rounded up to REGION_ALIGN; the caller has made sure that it cannot overflow. */
static inline uint64_t region_align(uint64_t value)
{
        return (value + REGION_ALIGN - 1) & ~(uint64_t)(REGION_ALIGN - 1);
}

/* The offset of the first byte among `length` that is not zero, or `length`. */
uint64_t region_first_nonzero(const uint8_t *bytes, uint64_t length);

#endif
