/* What was read of a GPU's health, held against what its test made of it. */
#include "dom0/proof/healthclaim.h"

#include <math.h>
#include <string.h>

#include "dom0/base/json.h"
#include "runner/check/check_standing.h"
#include "runner/machine/health.h"
#include "runner/machine/telemetry.h"

#define ROUNDED 1e-9

/* Readings that the test has as numbers too. */
static const struct {
        const char *key;
        enum health_item item;
        double scale;
} readings[] = {
        { "temperature_c", HEALTH_TEMPERATURE, 1 },
        { "power_w", HEALTH_POWER_MW, 1e-3 },
        { "pcie_width", HEALTH_PCIE_WIDTH, 1 },
        { "pcie_generation", HEALTH_PCIE_GENERATION, 1 },
        { "nvlinks_active", HEALTH_NVLINKS_ACTIVE, 1 },
        { "nvlink_gbps", HEALTH_NVLINK_MBPS, 1e-3 },
};

/* Of several turns the numbers are the largest, and the readings the first's. */
static bool readings_told(const struct testclaim *test, const struct health *after)
{
        for (size_t i = 0; i < sizeof(readings) / sizeof(readings[0]); i++) {
                const json_t *told = get_value(test->test, readings[i].key);
                double read = (double)after->value[readings[i].item] * readings[i].scale;
                double number = json_number_value(told);

                if (test->skipped)
                        continue; /* it has none */
                if (health_knows(after, readings[i].item) ? !told || number < read * (1 - ROUNDED)
                                                          : told && !test->repeats)
                        return testclaim_miss(test, "tells other readings than it has");
                if (!test->repeats && told && fabs(number - read) > ROUNDED * read)
                        return testclaim_miss(test, "tells other readings than it has");
        }
        return true;
}

static json_t *without(const json_t *list, const char *text)
{
        json_t *others = json_array(), *one;
        size_t i;

        json_array_foreach((json_t *)list, i, one) {
                if (strcmp(json_string_value(one), text) != 0)
                        json_array_append(others, one);
        }
        return others;
}

/* That there are no links, or no bridges, was not told by earlier runners, which did not look for
 * them. */
static bool same_missing(const json_t *found, const json_t *told, const struct health *after)
{
        json_auto_t *earlier = without(found, after->bridges.count == 0 ? "PCIe bridges" : "");
        json_auto_t *earliest = without(earlier, after->nvlinks.count == 0 ? "NVLink" : "");

        return json_equal(found, told) || json_equal(earlier, told) || json_equal(earliest, told);
}

static bool compared(
        const struct testclaim *test, const struct health *before, const struct health *after)
{
        static const char key[] = "not_readable";
        json_auto_t *found = json_object();
        char reason[WHY_SIZE] = "";
        size_t complaints = health_compare(before, after, found, reason);

        if (complaints > 0)
                return testclaim_miss(test, "did not fail, although %s", reason);
        return same_missing(get_value(found, key), get_value(test->test, key), after) ||
               testclaim_miss(test, "has another list of what is not readable");
}

static bool is_faster(const struct health *health, enum health_item now, enum health_item most)
{
        return health_knows(health, now) && health_knows(health, most) &&
               health->value[now] > health->value[most];
}

/* A link cannot be more than it can be. */
static bool links_hold(const struct testclaim *test, const struct health *health)
{
        return (!is_faster(health, HEALTH_PCIE_GENERATION, HEALTH_PCIE_GENERATION_MAX) &&
                       !is_faster(health, HEALTH_PCIE_WIDTH, HEALTH_PCIE_WIDTH_MAX)) ||
               testclaim_miss(test, "has a link that is more than it can be");
}

/* As it was planned, or not at all: earlier runners did not look at it. */
static bool standing_holds(const struct testclaim *test)
{
        const json_t *promise = get_value(test->claim->promise, "standing");
        const json_t *list = get_value(test->test, "standing");
        char why[WHY_SIZE];

        if (!promise)
                return !list ||
                       testclaim_miss(test, "has a standing condition that is not planned");
        return check_standing_holds(promise, list, why) || testclaim_miss(test, "%s", why);
}

static const json_t *condition_of(const struct testclaim *test, enum standing_item item)
{
        json_t *list = get_value(test->test, "standing"), *one;
        size_t i;

        json_array_foreach(list, i, one) {
                if (strcmp(get_text(one, "item"), standing_rows[item].name) == 0)
                        return one;
        }
        return NULL;
}

/* What the links say under load is what the standing condition has of them. */
static bool bridges_hold(const struct testclaim *test, const struct health *after)
{
        static const struct {
                enum standing_item item;
                enum bridge_item reading;
        } told[] = { { STANDING_BRIDGE_WIDTH, BRIDGE_WIDTH },
                { STANDING_BRIDGE_GENERATION, BRIDGE_GENERATION } };
        const json_t *list = get_value(test->test, "bridges_under_load");
        struct bridges bridges = { 0 };
        char word[STANDING_TEXT];

        if (list && (!bridges_of_json(list, &bridges) || bridges.count != after->bridges.count))
                return testclaim_miss(test, "has other bridges under load than after it");
        for (unsigned i = 0; i < bridges.count; i++)
                if (strcmp(bridges.bridge[i].pci, after->bridges.bridge[i].pci) != 0)
                        return testclaim_miss(test, "has other bridges under load than after it");
        for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
                const json_t *one = condition_of(test, told[i].item);
                bool known = bridges_judge(&bridges, told[i].reading, word);

                if (one && strcmp(get_text(one, "value"), known ? word : "") != 0)
                        return testclaim_miss(test, "has another %s than its bridges say",
                                standing_rows[told[i].item].name);
        }
        return true;
}

/* It was not held back. */
static bool telemetry_holds(const struct testclaim *test)
{
        unsigned long number[3];
        static const char *const keys[] = { "readings", "throttled_readings", "starved" };
        char why[WHY_SIZE];

        for (size_t i = 0; i < 3; i++) {
                number[i] = (unsigned long)get_integer(test->test, keys[i]);
                if (!get_value(test->test, keys[i]) != !get_value(test->test, keys[0]))
                        return testclaim_miss(test, "has a part of what was counted alone");
        }
        if (number[1] > number[0] || (number[0] == 0 && get_value(test->test, keys[0])))
                return testclaim_miss(
                        test, "was throttled more often than it was read, or never read");
        return !telemetry_complains(number[0], number[1], number[2], why) ||
               testclaim_miss(test, "did not fail, although %s", why);
}

bool testclaim_health_holds(const struct testclaim *test)
{
        bool nvml = strcmp(get_text(test->test, "source"), "nvml") == 0;
        struct health before, after;

        if (!test->claim->strict)
                return true;
        if (!health_of_json(get_value(test->test, "before"), &before) ||
                !health_of_json(get_value(test->test, "after"), &after))
                return testclaim_miss(test, "has something that is no reading");
        if (!nvml && (!health_is_of_sys(&before) || !health_is_of_sys(&after)))
                return testclaim_miss(test, "has readings of NVML, which it had not");
        if (test->skipped != (after.known == 0))
                return testclaim_miss(test, "%s",
                        test->skipped ? "was skipped, and has readings" : "has no readings");
        return links_hold(test, &before) && links_hold(test, &after) && standing_holds(test) &&
               bridges_hold(test, &after) && telemetry_holds(test) &&
               compared(test, &before, &after) && readings_told(test, &after);
}
