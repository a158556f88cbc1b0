/* The kernel's map of physical memory, /proc/iomem. Pure. */
#pragma once

#include "region/bootline.h"

enum iomem_answer {
        IOMEM_RESERVED, /* "Reserved" from the first byte to the last */
        IOMEM_OTHER,    /* some byte of it is something else, or nothing */
        IOMEM_HIDDEN,   /* all addresses are zero: the reader is not root */
        IOMEM_EMPTY,    /* no line that could be understood */
};

/*
 * Whether `range` is reserved memory, so that nothing but the stage has ever used it. Neighbouring
 * reserved lines count as one; what lies inside a line (indented) does not matter.
 */
enum iomem_answer iomem_check(const char *text, size_t length, const struct memory_range *range);
