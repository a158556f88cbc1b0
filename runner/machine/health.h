/* A GPU's health as numbers, and what a change of them means. Pure. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "runner/machine/bridge.h"
#include "runner/machine/nvlink.h"

/* In the order of record_reading_keys, which has their names. */
enum health_item {
        HEALTH_ECC_CORRECTED_VOLATILE,
        HEALTH_ECC_UNCORRECTED_VOLATILE,
        HEALTH_ECC_CORRECTED_AGGREGATE,
        HEALTH_ECC_UNCORRECTED_AGGREGATE,
        HEALTH_DRAM_CORRECTED,
        HEALTH_DRAM_UNCORRECTED,
        HEALTH_SRAM_CORRECTED,
        HEALTH_SRAM_UNCORRECTED,
        HEALTH_REMAPPED_CORRECTABLE,
        HEALTH_REMAPPED_UNCORRECTABLE,
        HEALTH_REMAP_PENDING,
        HEALTH_REMAP_FAILED,
        HEALTH_RETIRED_SINGLE_BIT,
        HEALTH_RETIRED_DOUBLE_BIT,
        HEALTH_PCIE_REPLAYS,
        HEALTH_PCIE_AER_CORRECTABLE,
        HEALTH_PCIE_AER_NONFATAL,
        HEALTH_PCIE_AER_FATAL,
        HEALTH_PCIE_GENERATION,
        HEALTH_PCIE_GENERATION_MAX,
        HEALTH_PCIE_WIDTH,
        HEALTH_PCIE_WIDTH_MAX,
        HEALTH_NVLINKS_ACTIVE, /* the same as in `nvlinks` below */
        HEALTH_NVLINK_MBPS,    /* of all of them, one way */
        HEALTH_TEMPERATURE,
        HEALTH_POWER_MW,
        HEALTH_POWER_LIMIT_MW,
        HEALTH_CLOCK_SM,
        HEALTH_CLOCK_MEMORY,
        HEALTH_THROTTLE,
        HEALTH_ITEMS,
};

/* One reading. What is not known has its bit clear. */
struct health {
        uint32_t known; /* a bit for each item */
        uint64_t value[HEALTH_ITEMS];
        struct nvlinks nvlinks;
        struct bridges bridges;
};

void health_set(struct health *health, enum health_item item, uint64_t value);
bool health_knows(const struct health *health, enum health_item item);

/* Sets the links, and the items that follow from them. */
void health_set_nvlinks(struct health *health, const struct nvlinks *nvlinks);

/* As JSON: known items by name, units in the names. */
json_t *health_json(const struct health *health);

/* The other way round. False: one of them is none. Keys that are no items are left out. */
bool health_of_json(const json_t *object, struct health *ret_health);

/* Whether all that is known could be read in /sys, without NVML. */
bool health_is_of_sys(const struct health *health);

/* The names of the throttle reasons that are set, but for "idle". */
json_t *health_throttle_json(uint64_t reasons);

/*
 * Compares a reading before with one after, in which the link was busy just now. Adds "rises" (a
 * list of {"counter", "before", "after"}) and "not_readable" (a list of groups that the card does
 * not have). The result is the number of complaints; `reason` (WHY_SIZE bytes) is the first.
 */
size_t health_compare(
        const struct health *before, const struct health *after, json_t *result, char *reason);

/* The generation of a link of /sys's "16.0 GT/s PCIe"; 0: unknown. */
unsigned health_generation(const char *speed);

/* The number behind `key` at a line's start in text such as /sys's aer_dev_correctable. */
bool health_counter(const char *text, const char *key, uint64_t *ret_value);
