#include "runner/machine/health.h"

#include <stdlib.h>
#include <string.h>

#include "lib/number.h"
#include "lib/why.h"
#include "record/findings.h"
#include "record/schema.h"

_Static_assert(HEALTH_ITEMS <= 32, "each item has a bit");

enum meaning {
        READING,   /* says how it is */
        COUNTER,   /* a rise is a fail */
        CONDITION, /* anything but zero is a fail */
};

/* Items one after the other that mean the same; a card that does not have one lacks the group. */
static const struct item {
        enum meaning meaning;
        const char *group;
} items[HEALTH_ITEMS] = {
        [HEALTH_ECC_CORRECTED_VOLATILE... HEALTH_ECC_UNCORRECTED_AGGREGATE] = { COUNTER,
                "ECC counters" },
        [HEALTH_DRAM_CORRECTED... HEALTH_DRAM_UNCORRECTED] = { COUNTER, "DRAM error counters" },
        [HEALTH_SRAM_CORRECTED... HEALTH_SRAM_UNCORRECTED] = { COUNTER, "SRAM error counters" },
        [HEALTH_REMAPPED_CORRECTABLE...
                HEALTH_REMAPPED_UNCORRECTABLE] = { COUNTER, "row remapping" },
        [HEALTH_REMAP_PENDING... HEALTH_REMAP_FAILED] = { CONDITION, "row remapping" },
        [HEALTH_RETIRED_SINGLE_BIT... HEALTH_RETIRED_DOUBLE_BIT] = { COUNTER, "page retirement" },
        [HEALTH_PCIE_REPLAYS] = { COUNTER, "PCIe replay counter" },
        [HEALTH_PCIE_AER_CORRECTABLE... HEALTH_PCIE_AER_FATAL] = { COUNTER, "PCIe AER counters" },
        [HEALTH_PCIE_GENERATION... HEALTH_PCIE_WIDTH_MAX] = { READING, "PCIe link" },
        [HEALTH_NVLINKS_ACTIVE... HEALTH_NVLINK_MBPS] = { READING, "NVLink" },
        [HEALTH_TEMPERATURE] = { READING, "temperature" },
        [HEALTH_POWER_MW] = { READING, "power" },
        [HEALTH_POWER_LIMIT_MW] = { READING, "power limit" },
        [HEALTH_CLOCK_SM... HEALTH_CLOCK_MEMORY] = { READING, "clocks" },
        [HEALTH_THROTTLE] = { READING, "throttle reasons" },
};

/* As the records have them, in the same order. */
static const char *name_of(enum health_item item)
{
        return record_reading_keys[item].key;
}

void health_set(struct health *health, enum health_item item, uint64_t value)
{
        health->known |= UINT32_C(1) << item;
        health->value[item] = value;
}

bool health_knows(const struct health *health, enum health_item item)
{
        return health->known >> item & 1;
}

void health_set_nvlinks(struct health *health, const struct nvlinks *nvlinks)
{
        uint64_t mbps;

        if (nvlinks->count == 0)
                return;
        health->nvlinks = *nvlinks;
        health_set(health, HEALTH_NVLINKS_ACTIVE, nvlinks_active(nvlinks));
        if (nvlinks_mbps(nvlinks, &mbps))
                health_set(health, HEALTH_NVLINK_MBPS, mbps);
}

/* NVML's nvmlClocksThrottleReason bits: idle, which is none, and behind it the records' words. */
static uint64_t throttle_bit(size_t word)
{
        return UINT64_C(2) << word;
}

json_t *health_throttle_json(uint64_t reasons)
{
        const char *const *words = record_words[RECORD_THROTTLE];
        json_t *list = json_array();

        for (size_t i = 0; words[i]; i++) {
                if (reasons & throttle_bit(i))
                        json_array_append_new(list, json_string(words[i]));
        }
        return list;
}

json_t *health_json(const struct health *health)
{
        json_t *object = json_object();

        for (enum health_item i = 0; i < HEALTH_ITEMS; i++) {
                if (health_knows(health, i))
                        json_object_set_new(object, name_of(i),
                                i == HEALTH_THROTTLE ? health_throttle_json(health->value[i])
                                                     : json_integer((json_int_t)health->value[i]));
        }
        if (health->nvlinks.count > 0)
                json_object_set_new(object, "nvlinks", nvlinks_json(&health->nvlinks));
        if (health->bridges.count > 0)
                json_object_set_new(object, "bridges", bridges_json(&health->bridges));
        return object;
}

static bool read_throttles(const json_t *list, uint64_t *ret_reasons)
{
        const char *const *words = record_words[RECORD_THROTTLE];
        json_t *one;
        size_t i, k;

        *ret_reasons = 0;
        json_array_foreach(list, i, one) {
                for (k = 0; words[k]; k++)
                        if (json_is_string(one) && strcmp(json_string_value(one), words[k]) == 0)
                                break;
                if (!words[k])
                        return false;
                *ret_reasons |= throttle_bit(k);
        }
        return json_is_array(list);
}

/* What is said of all links together must be what each of them says. */
static bool read_nvlinks(const json_t *list, struct health *health)
{
        struct health own = { 0 };
        struct nvlinks nvlinks = { 0 };

        if (list && !nvlinks_of_json(list, &nvlinks))
                return false;
        health_set_nvlinks(&own, &nvlinks);
        for (enum health_item i = HEALTH_NVLINKS_ACTIVE; i <= HEALTH_NVLINK_MBPS; i++)
                if (health_knows(&own, i) != health_knows(health, i) ||
                        own.value[i] != health->value[i])
                        return false;
        health->nvlinks = nvlinks;
        return true;
}

bool health_of_json(const json_t *object, struct health *ret_health)
{
        const json_t *throttle = json_object_get(object, "throttle");
        const json_t *bridges = json_object_get(object, "bridges");
        struct health health = { 0 };
        uint64_t reasons = 0;

        for (enum health_item i = 0; i < HEALTH_THROTTLE; i++) {
                const json_t *value = json_object_get(object, name_of(i));

                if (value && (!json_is_integer(value) || json_integer_value(value) < 0))
                        return false;
                if (value)
                        health_set(&health, i, (uint64_t)json_integer_value(value));
        }
        if ((throttle && !read_throttles(throttle, &reasons)) ||
                !read_nvlinks(json_object_get(object, "nvlinks"), &health) ||
                (bridges && !bridges_of_json(bridges, &health.bridges)))
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
};

#define complain(complaints, ...) \
        ((complaints)->count++, why_first((complaints)->reason, __VA_ARGS__))

static void compare_item(enum health_item i, const struct health *before,
        const struct health *after, json_t *rises, struct complaints *complaints)
{
        bool known = health_knows(before, i);
        uint64_t old = known ? before->value[i] : 0, new = after->value[i];

        if (items[i].meaning == CONDITION && new != 0)
                complain(complaints, "%s is %llu", name_of(i), (unsigned long long)new);
        if (items[i].meaning == CONDITION && new == 0 && old != 0)
                complain(complaints, "%s was %llu before", name_of(i), (unsigned long long)old);
        if (items[i].meaning == COUNTER && new < old)
                complain(complaints, "%s fell from %llu to %llu during the check", name_of(i),
                        (unsigned long long)old, (unsigned long long)new);
        if (items[i].meaning != COUNTER || !known || new <= old)
                return;
        json_array_append_new(rises, json_pack("{s:s, s:I, s:I}", "counter", name_of(i), "before",
                                             (json_int_t)old, "after", (json_int_t) new));
        complain(complaints, "%s rose from %llu to %llu during the check", name_of(i),
                (unsigned long long)old, (unsigned long long)new);
}

/* A counter that could be read before and cannot be now is no good news; nor is one that could not
 * be read before, whose rise nobody would have seen. */
static void compare_known(enum health_item i, const struct health *before,
        const struct health *after, struct complaints *complaints)
{
        if (items[i].meaning != READING && health_knows(before, i) && !health_knows(after, i))
                complain(complaints, "%s can no longer be read", name_of(i));
        if (items[i].meaning != READING && !health_knows(before, i) && health_knows(after, i))
                complain(complaints, "%s could not be read before", name_of(i));
}

static void compare_link(enum health_item now, enum health_item most, const struct health *after,
        struct complaints *complaints)
{
        if (health_knows(after, now) && health_knows(after, most) &&
                after->value[now] < after->value[most])
                complain(complaints, "%s is %llu although %llu is possible", name_of(now),
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
        nvlinks_missing(&after->nvlinks, list);
        bridges_missing(&after->bridges, list);
        return list;
}

size_t health_compare(
        const struct health *before, const struct health *after, json_t *result, char *reason)
{
        struct complaints complaints = { 0, reason };
        json_t *rises = json_array();

        reason[0] = '\0';
        for (enum health_item i = 0; i < HEALTH_ITEMS; i++) {
                compare_known(i, before, after, &complaints);
                if (health_knows(after, i))
                        compare_item(i, before, after, rises, &complaints);
        }
        compare_link(HEALTH_PCIE_GENERATION, HEALTH_PCIE_GENERATION_MAX, after, &complaints);
        compare_link(HEALTH_PCIE_WIDTH, HEALTH_PCIE_WIDTH_MAX, after, &complaints);
        complaints.count +=
                nvlinks_compare(&before->nvlinks, &after->nvlinks, rises, complaints.reason);
        complaints.count +=
                bridges_compare(&before->bridges, &after->bridges, rises, complaints.reason);
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
                if (strncmp(text, key, length) == 0 && text[length] == ' ')
                        return number_parse(text + length + 1,
                                strspn(text + length + 1, "0123456789"), ret_value);
                text = strchr(text, '\n');
                text += text != NULL;
        }
        return false;
}
