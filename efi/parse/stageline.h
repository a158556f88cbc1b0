/* The stage kernel's command line. Plain C11 without a C library. */
#pragma once

#include "efi/parse/conf.h"

#define CMDLINE_MAX_BYTES 2047u /* x86 Linux: COMMAND_LINE_SIZE less the NUL */

struct cmdline {
        uint64_t region_address;
        uint64_t region_size;
        uint64_t ebda_address;
        uint64_t rsdp_address;
        const char *run; /* the run id as text */
        const struct conf *conf;
};

/* Appends the line to `text`. Returns false, with the reason, when it is too long for Linux. */
bool cmdline_build(const struct cmdline *cmdline, struct text *text, struct text *reason);
