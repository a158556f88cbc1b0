#include "runner/machine/health.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(HEALTH_ITEMS <= 32, "each item has a bit");

enum meaning {
        READING,   /* says how it is */
        COUNTER,   /* a rise is a fail */
        CONDITION, /* anything but zero is a fail */
};

static const struct item {
        const char *name;
        enum meaning meaning;
        const char *group; /* what a card that does not have it lacks */
} items[HEALTH_ITEMS] = {
        [HEALTH_ECC_CORRECTED_VOLATILE] = { "ecc_corrected_volatile", COUNTER, "ECC counters" },
        [HEALTH_ECC_UNCORRECTED_VOLATILE] = { "ecc_uncorrected_volatile", COUNTER, "ECC counters" },
        [HEALTH_ECC_CORRECTED_AGGREGATE] = { "ecc_corrected_aggregate", COUNTER, "ECC counters" },
        [HEALTH_ECC_UNCORRECTED_AGGREGATE] = { "ecc_uncorrected_aggregate", COUNTER,
                "ECC counters" },
        [HEALTH_DRAM_CORRECTED] = { "dram_corrected", COUNTER, "DRAM error counters" },
        [HEALTH_DRAM_UNCORRECTED] = { "dram_uncorrected", COUNTER, "DRAM error counters" },
        [HEALTH_SRAM_CORRECTED] = { "sram_corrected", COUNTER, "SRAM error counters" },
        [HEALTH_SRAM_UNCORRECTED] = { "sram_uncorrected", COUNTER, "SRAM error counters" },
        [HEALTH_REMAPPED_CORRECTABLE] = { "remapped_correctable_rows", COUNTER, "row remapping" },
        [HEALTH_REMAPPED_UNCORRECTABLE] = { "remapped_uncorrectable_rows", COUNTER,
                "row remapping" },
        [HEALTH_REMAP_PENDING] = { "remap_pending", CONDITION, "row remapping" },
        [HEALTH_REMAP_FAILED] = { "remap_failed", CONDITION, "row remapping" },
        [HEALTH_RETIRED_SINGLE_BIT] = { "retired_single_bit_pages", COUNTER, "page retirement" },
        [HEALTH_RETIRED_DOUBLE_BIT] = { "retired_double_bit_pages", COUNTER, "page retirement" },
        [HEALTH_PCIE_REPLAYS] = { "pcie_replays", COUNTER, "PCIe replay counter" },
        [HEALTH_PCIE_AER_CORRECTABLE] = { "pcie_aer_correctable", COUNTER, "PCIe AER counters" },
        [HEALTH_PCIE_AER_NONFATAL] = { "pcie_aer_nonfatal", COUNTER, "PCIe AER counters" },
        [HEALTH_PCIE_AER_FATAL] = { "pcie_aer_fatal", COUNTER, "PCIe AER counters" },
        [HEALTH_PCIE_GENERATION] = { "pcie_generation", READING, "PCIe link" },
        [HEALTH_PCIE_GENERATION_MAX] = { "pcie_generation_max", READING, "PCIe link" },
        [HEALTH_PCIE_WIDTH] = { "pcie_width", READING, "PCIe link" },
        [HEALTH_PCIE_WIDTH_MAX] = { "pcie_width_max", READING, "PCIe link" },
        [HEALTH_TEMPERATURE] = { "temperature_c", READING, "temperature" },
        [HEALTH_POWER_MW] = { "power_mw", READING, "power" },
        [HEALTH_POWER_LIMIT_MW] = { "power_limit_mw", READING, "power limit" },
        [HEALTH_CLOCK_SM] = { "clock_mhz", READING, "clocks" },
        [HEALTH_CLOCK_MEMORY] = { "memory_clock_mhz", READING, "clocks" },
        [HEALTH_THROTTLE] = { "throttle_bits", READING, "throttle reasons" },
};

void health_set(struct health *health, enum health_item item, uint64_t value)
{
        health->known |= UINT32_C(1) << item;
        health->value[item] = value;
}

bool health_knows(const struct health *health, enum health_item item)
{
        return health->known >> item & 1;
}

/* NVML's nvmlClocksThrottleReason bits. */
static const struct {
        uint64_t bit;
        const char *name;
} throttles[] = {
        { 0x2, "application-clocks" },
        { 0x4, "software-power-cap" },
        { 0x8, "hardware-slowdown" },
        { 0x10, "sync-boost" },
        { 0x20, "software-thermal" },
        { 0x40, "hardware-thermal" },
        { 0x80, "hardware-power-brake" },
        { 0x100, "display-clocks" },
};

json_t *health_throttle_json(uint64_t reasons)
{
        json_t *list = json_array();

        for (size_t i = 0; i < sizeof(throttles) / sizeof(throttles[0]); i++) {
                if (reasons & throttles[i].bit)
                        json_array_append_new(list, json_string(throttles[i].name));
        }
        return list;
}

json_t *health_json(const struct health *health)
{
        json_t *object = json_object();

        for (enum health_item i = 0; i < HEALTH_ITEMS; i++) {
                if (health_knows(health, i) && i != HEALTH_THROTTLE)
                        json_object_set_new(
                                object, items[i].name, json_integer((json_int_t)health->value[i]));
        }
        if (health_knows(health, HEALTH_THROTTLE))
                json_object_set_new(
                        object, "throttle", health_throttle_json(health->value[HEALTH_THROTTLE]));
        return object;
}

static bool read_throttles(const json_t *list, uint64_t *ret_reasons)
{
        json_t *one;
        size_t i, k;

        *ret_reasons = 0;
        json_array_foreach(list, i, one) {
                for (k = 0; k < sizeof(throttles) / sizeof(throttles[0]); k++)
                        if (json_is_string(one) &&
                                strcmp(json_string_value(one), throttles[k].name) == 0)
                                break;
                if (k == sizeof(throttles) / sizeof(throttles[0]))
                        return false;
                *ret_reasons |= throttles[k].bit;
        }
        return json_is_array(list);
}

bool health_of_json(const json_t *object, struct health *ret_health)
{
        const json_t *throttle = json_object_get(object, "throttle");
        struct health health = { 0 };
        uint64_t reasons;

        for (enum health_item i = 0; i < HEALTH_THROTTLE; i++) {
                const json_t *value = json_object_get(object, items[i].name);

                if (value && (!json_is_integer(value) || json_integer_value(value) < 0))
                        return false;
                if (value)
                        health_set(&health, i, (uint64_t)json_integer_value(value));
        }
        if (throttle && !read_throttles(throttle, &reasons))
                return false;
        if (throttle)
                health_set(&health, HEALTH_THROTTLE, reasons);
        *ret_health = health;
        return json_is_object(object);
}

bool health_is_of_sys(const struct health *health)
{
        for (enum health_item i = 0; i < HEALTH_ITEMS; i++)
                if (health_knows(health, i) &&
                        (i < HEALTH_PCIE_AER_CORRECTABLE || i > HEALTH_PCIE_WIDTH_MAX))
                        return false;
        return true;
}

/* --- what has changed --- */

/* Complaints are counted; the first is kept. */
struct complaints {
        size_t count;
        char *reason;
        size_t size;
};

__attribute__((format(printf, 2, 3))) static void complain(
        struct complaints *complaints, const char *format, ...)
{
        va_list arguments;

        if (complaints->count++ > 0)
                return;
        va_start(arguments, format);
        vsnprintf(complaints->reason, complaints->size, format, arguments);
        va_end(arguments);
}

static void compare_item(enum health_item i, const struct health *before,
        const struct health *after, json_t *rises, struct complaints *complaints)
{
        bool known = health_knows(before, i);
        uint64_t old = known ? before->value[i] : 0, new = after->value[i];

        if (items[i].meaning == CONDITION && new != 0)
                complain(complaints, "%s is %llu", items[i].name, (unsigned long long)new);
        if (items[i].meaning == CONDITION && new == 0 && old != 0)
                complain(complaints, "%s was %llu before", items[i].name, (unsigned long long)old);
        if (items[i].meaning == COUNTER && new < old)
                complain(complaints, "%s fell from %llu to %llu during the check", items[i].name,
                        (unsigned long long)old, (unsigned long long)new);
        if (items[i].meaning != COUNTER || !known || new <= old)
                return;
        json_array_append_new(rises, json_pack("{s:s, s:I, s:I}", "counter", items[i].name,
                                             "before", (json_int_t)old, "after", (json_int_t) new));
        complain(complaints, "%s rose from %llu to %llu during the check", items[i].name,
                (unsigned long long)old, (unsigned long long)new);
}

/* A counter that could be read before and cannot be now is no good news; nor is one that could not
 * be read before, whose rise nobody would have seen. */
static void compare_known(enum health_item i, const struct health *before,
        const struct health *after, struct complaints *complaints)
{
        if (items[i].meaning != READING && health_knows(before, i) && !health_knows(after, i))
                complain(complaints, "%s can no longer be read", items[i].name);
        if (items[i].meaning != READING && !health_knows(before, i) && health_knows(after, i))
                complain(complaints, "%s could not be read before", items[i].name);
}

static void compare_link(enum health_item now, enum health_item most, const struct health *after,
        struct complaints *complaints)
{
        if (health_knows(after, now) && health_knows(after, most) &&
                after->value[now] < after->value[most])
                complain(complaints, "%s is %llu although %llu is possible", items[now].name,
                        (unsigned long long)after->value[now],
                        (unsigned long long)after->value[most]);
}

static json_t *missing_groups(const struct health *after)
{
        json_t *list = json_array();
        const char *last = "";

        for (enum health_item i = 0; i < HEALTH_ITEMS; i++) {
                if (health_knows(after, i) || strcmp(items[i].group, last) == 0)
                        continue;
                last = items[i].group;
                json_array_append_new(list, json_string(last));
        }
        return list;
}

size_t health_compare(const struct health *before, const struct health *after, json_t *result,
        char *reason, size_t size)
{
        struct complaints complaints = { 0, reason, size };
        json_t *rises = json_array();

        for (enum health_item i = 0; i < HEALTH_ITEMS; i++) {
                compare_known(i, before, after, &complaints);
                if (health_knows(after, i))
                        compare_item(i, before, after, rises, &complaints);
        }
        compare_link(HEALTH_PCIE_GENERATION, HEALTH_PCIE_GENERATION_MAX, after, &complaints);
        compare_link(HEALTH_PCIE_WIDTH, HEALTH_PCIE_WIDTH_MAX, after, &complaints);
        json_object_set_new(result, "rises", rises);
        json_object_set_new(result, "not_readable", missing_groups(after));
        return complaints.count;
}

/* --- text of /sys --- */

unsigned health_generation(const char *speed)
{
        static const double rates[] = { 2.5, 5, 8, 16, 32, 64 };
        double rate = strtod(speed, NULL);

        for (unsigned i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
                if (rate > rates[i] - 0.1 && rate < rates[i] + 0.1)
                        return i + 1;
        }
        return 0;
}

bool health_counter(const char *text, const char *key, uint64_t *ret_value)
{
        size_t length = strlen(key);

        while (text) {
                if (strncmp(text, key, length) == 0 && text[length] == ' ') {
                        *ret_value = strtoull(text + length, NULL, 10);
                        return true;
                }
                text = strchr(text, '\n');
                text += text != NULL;
        }
        return false;
}
