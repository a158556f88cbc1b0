/*
 * The CPU's page attribute table (IA32_PAT, MSR 0x277; Intel SDM 3A, 12.12): eight memory types of
 * one byte each, entry 0 in the lowest. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAT_MSR     0x277
#define PAT_ENTRIES 8u
#define PAT_XEN     UINT64_C(0x0000050100070406) /* Xen's, for PV domains: an ABI */

struct pat {
        char types[PAT_ENTRIES][4]; /* "WB", "WT", "WC", "WP", "UC", "UC-"; "?" for another */
};

void pat_decode(uint64_t msr, struct pat *ret_pat);

/*
 * The same from Linux's own line, "x86/PAT: Configuration [0-7]: WB  WT …" (older kernels write
 * "x86 PAT enabled:" or "PAT: " before it). False: it is none.
 */
bool pat_parse(const char *line, struct pat *ret_pat);

/* The entry that is write-combining, the lowest; -1: none is. */
int pat_write_combining(const struct pat *pat);

/* "WB WT UC- UC WC WP UC UC" */
void pat_format(const struct pat *pat, char *out, size_t size);
