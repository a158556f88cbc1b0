/* Which NVIDIA driver it is, and what that version does with Xen's page attribute table. Pure. */
#pragma once

#include <stdbool.h>

struct nvidia {
        bool loaded, installed; /* the kernel module */
        char version[32];       /* "535.261.03"; "" not known */
        bool is_open;           /* the open modules; false as well when it cannot be told */
        char firmware[64];      /* of the GPUs' processor (GSP); "" not known */
        bool pat_off;           /* NVreg_UsePageAttributeTable=0 */
};

/* What the source of this version does with a page attribute table that is not Linux's. */
enum nvidia_check {
        NVIDIA_REFUSES, /* 515.43.04 to 595.80, open and proprietary */
        NVIDIA_ACCEPTS, /* the open modules from 610.43.02 on: the check is gone */
        NVIDIA_UNREAD,  /* any other: nobody here has read it */
};

/* Pure. `version` "" is NVIDIA_UNREAD. docs/feasibility.md, sections 2 and 3. */
enum nvidia_check nvidia_check(const char *version, bool is_open);

/* The first line of /proc/driver/nvidia/version. Pure. */
bool nvidia_parse(const char *line, struct nvidia *ret_nvidia);
