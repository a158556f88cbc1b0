/*
 * What a kernel's command line says about a run (docs/operation.md):
 * `forestage.region=ADDR,SIZE` `forestage.run=UUID` in the stage and in dom0, `forestage.ebda=ADDR`
 * `forestage.rsdp=ADDR` in the stage only. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memory_range {
        uint64_t address;
        uint64_t size;
};

struct bootline {
        bool has_region;
        bool has_run;
        struct memory_range region;
        uint8_t run_id[16];
        uint64_t ebda; /* physical address of the EBDA page; 0: not named */
        uint64_t rsdp; /* physical address of the ACPI root pointer; 0: not named */
};

/*
 * "ADDR,SIZE", both with 0x or decimal; the address page-aligned, the size whole pages, at least
 * REGION_MIN_SIZE, the end not past 2^52. Returns NULL and sets `ret_range`, or what is wrong
 * ("has a size that is no number").
 */
const char *memory_range_parse(const char *text, size_t length, struct memory_range *ret_range);

/*
 * Where a file could be named too (--region): false when it is not two numbers, and so a file's
 * name. Otherwise `ret_problem` is what is wrong with them; NULL: nothing, and `ret_range` is set.
 */
bool memory_range_is_meant(
        const char *text, size_t length, struct memory_range *ret_range, const char **ret_problem);

/* What is wrong with a parameter: "forestage.run=" and "is not a UUID". */
struct bootline_error {
        const char *parameter;
        const char *problem;
};

/*
 * Reads a kernel command line. The last of several equal parameters counts, as in the kernel;
 * parameters after a lone `--` are for init and do not count. False, with `ret_error` set and
 * `ret_line` untouched, when a parameter that is there cannot be understood.
 */
bool bootline_parse(const char *text, size_t length, struct bootline *ret_line,
        struct bootline_error *ret_error);
